#: claim = "CPU time of children whose parent ignores SIGCHLD is counted."
#: timeout = 5
#: status = "OK"
#: cpu_ms_min = 450
#: cpu_ms_max = 800
# wait(2), NOTES: such children become no zombies and their times are added to nobody's. Only a control group saw them.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import signal
import time

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in range(3):
    if os.fork() == 0:
        while time.process_time() < 0.15:
            pass
        os._exit(0)
try:
    os.wait()
except ChildProcessError:
    pass
