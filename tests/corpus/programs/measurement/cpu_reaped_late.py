#: claim = "A child that ends early and is waited for late is counted once."
#: timeout = 5
#: status = "OK"
#: cpu_ms_min = 300
#: cpu_ms_max = 600
# Twice would show as well: cgroup and rusage must not be added.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import time

pid = os.fork()
if pid == 0:
    while time.process_time() < 0.3:
        pass
    os._exit(0)
time.sleep(0.8)
os.waitpid(pid, 0)
