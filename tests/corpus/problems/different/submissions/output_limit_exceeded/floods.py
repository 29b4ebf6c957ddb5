while True:
    print('0' * 10000)
