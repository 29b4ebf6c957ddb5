print(39)
