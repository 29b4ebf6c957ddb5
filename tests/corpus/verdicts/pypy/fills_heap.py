#: claim = "Fills memory."
#: verdict = "MLE"
#: memory_limit_kb = 98304
#: reason_contains = ["memory"]
blocks = []
for _ in range(1024):
    block = bytearray(1 << 20)
    block[::4096] = b"x" * 256
    blocks.append(block)
