#: claim = "A program may make itself the least urgent there is; what it used is charged all the same."
#: timeout = 5
#: status = "OK"
#: cpu_ms_min = 300
#: cpu_ms_max = 600
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import time

os.nice(19)
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
while time.process_time() < 0.3:
    pass
