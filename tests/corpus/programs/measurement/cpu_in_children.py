#: claim = "CPU time of children that were waited for is counted."
#: timeout = 5
#: status = "OK"
#: cpu_ms_min = 450
#: cpu_ms_max = 800
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import time

for _ in range(3):
    if os.fork() == 0:
        while time.process_time() < 0.15:
            pass
        os._exit(0)
for _ in range(3):
    os.wait()
