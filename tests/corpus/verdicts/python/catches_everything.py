#: claim = "Fills memory piece by piece, and would catch what Python says of it."
#: verdict = "MLE"
#: memory_limit_kb = 32768
#: reason_contains = ["memory"]
blocks = []
try:
    while len(blocks) < 1024:
        blocks.append(b"x" * (1 << 20))
except BaseException:
    pass
input()
print(sum(map(int, input().split())))
