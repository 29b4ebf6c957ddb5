#: claim = "Recurses until memory is full."
#: verdict = "MLE"
#: memory_limit_kb = 32768
#: reason_contains = ["memory"]
import sys

sys.setrecursionlimit(1 << 22)


def deep(n):
    data = [n] * 16
    return deep(n - 1) + data[0] if n else 0


print(deep(1 << 22))
