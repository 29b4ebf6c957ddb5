n = int(input()); print(n + min(n, 6))
