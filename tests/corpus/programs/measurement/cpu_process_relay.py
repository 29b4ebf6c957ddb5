#: claim = "CPU time spread over two hundred short-lived processes is counted whole."
#: timeout = 10
#: status = "OK"
#: cpu_ms_min = 400
#: cpu_ms_max = 1500
# Each lives for 2 ms: a supervisor that polls /proc sees hardly one.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import time

for _ in range(200):
    pid = os.fork()
    if pid == 0:
        while time.process_time() < 0.002:
            pass
        os._exit(0)
    os.waitpid(pid, 0)
