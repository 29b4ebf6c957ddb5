#: claim = "Fills memory with arrays."
#: verdict = "MLE"
#: memory_limit_kb = 196608
#: reason_contains = ["memory"]
import numpy as np

blocks = []
for _ in range(1024):
    blocks.append(np.ones(1 << 20))
