#: claim = "A child of it is ended for memory, and it answers all the same: too much was used."
#: verdict = "MLE"
#: memory_limit_kb = 32768
import os

if os.fork() == 0:
    blocks = [b"x" * (1 << 20) for _ in range(1024)]
    os._exit(0)
os.wait()
input()
print(sum(map(int, input().split())))
