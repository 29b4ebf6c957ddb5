print(int(float(input())) // 2)
