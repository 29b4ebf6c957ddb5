from collections import Counter

value = 1
values = []
for _ in range(int(input())):
    value = value * 48271 % 2147483647
    values.append(value)
values.sort()
checksum = sum(at * value for at, value in enumerate(values, 1)) % 1_000_000_007
mode, count = max(Counter(value % 1000 for value in values).items(), key=lambda item: (item[1], -item[0]))
print(len({value % 100_000 for value in values}), checksum, mode, count)
