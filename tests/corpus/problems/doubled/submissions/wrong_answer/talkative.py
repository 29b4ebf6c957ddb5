print(2 * int(input()), "is twice as much")
