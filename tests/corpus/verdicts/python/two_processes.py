#: claim = "Two processes share the work: their CPU time counts together."
#: verdict = "TLE"
#: time_limit_ms = 200
#: reason_contains = ["of CPU time"]
import os
import time

for _ in range(2):
    if os.fork() == 0:
        started = time.process_time()
        while time.process_time() - started < 0.15:
            pass
        os._exit(0)
os.wait()
os.wait()
input()
print(sum(map(int, input().split())))
