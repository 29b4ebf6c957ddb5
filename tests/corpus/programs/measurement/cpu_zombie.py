#: claim = "CPU time of a child that is never waited for is counted."
#: timeout = 5
#: status = "OK"
#: cpu_ms_min = 300
#: cpu_ms_max = 600
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import time

reader, writer = os.pipe()
if os.fork() == 0:
    while time.process_time() < 0.3:
        pass
    os._exit(0)
os.close(writer)
os.read(reader, 1)
