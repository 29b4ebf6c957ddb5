#: claim = "A child of it fills memory and is ended for that; the parent answers as if nothing were."
#: verdict = "MLE"
#: memory_limit_kb = 32768
#: reason_contains = ["memory"]
import os

if os.fork() == 0:
    blocks = [b"x" * (1 << 20) for _ in range(1024)]
    os._exit(0)
_, status = os.wait()
input()
print(sum(map(int, input().split())))
raise SystemExit(status != 0)
