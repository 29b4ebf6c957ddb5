number = int(input()); print(number if number == 5 else 9)
