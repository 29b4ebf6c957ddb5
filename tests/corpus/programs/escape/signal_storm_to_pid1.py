#: claim = "Half a second of signals to PID 1 does not hold up its answer."
#: status = "OK"
#: exit_code = 0
#: stdout = "still answered\n"
#: wall_ms_max = 2500
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import signal
import time

end = time.monotonic() + 0.5
while time.monotonic() < end:
    for number in (signal.SIGCHLD, signal.SIGALRM, signal.SIGIO, signal.SIGTERM, signal.SIGHUP, signal.SIGRTMIN):
        os.kill(1, number)
print("still answered")
