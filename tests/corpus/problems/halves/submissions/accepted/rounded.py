print(f'{float(input()) / 2:.7f}')
