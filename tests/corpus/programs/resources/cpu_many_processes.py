#: claim = "Eight busy processes together get no more than one core."
#: timeout = 2
#: status = "TIMEOUT"
#: reason = "wall_time_limit"
#: exit_code = 137
#: cpu_ms_min = 800
#: cpu_ms_max = 2600
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

for _ in range(7):
    if os.fork() == 0:
        break
while True:
    pass
