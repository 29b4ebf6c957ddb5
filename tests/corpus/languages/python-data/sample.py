import numpy as np

value = 1
values = np.empty(int(input()), dtype=np.int64)
for at in range(len(values)):
    value = value * 48271 % 2147483647
    values[at] = value
values.sort()
# Each product fits into 64 bits, and so does no sum of them.
checksum = int((np.arange(1, len(values) + 1) * values % 1_000_000_007).sum()) % 1_000_000_007
counts = np.bincount(values % 1000, minlength=1000)
mode = int(counts.argmax())
print(len(np.unique(values % 100_000)), checksum, mode, counts[mode])
