#: claim = "A program that ignores every signal it can is ended at the wall limit all the same."
#: timeout = 1
#: status = "TIMEOUT"
#: reason = "wall_time_limit"
#: exit_code = 137
#: wall_ms_max = 2000
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import signal
import time

for number in set(range(1, signal.NSIG)) - {signal.SIGKILL, signal.SIGSTOP, 32, 33}:
    signal.signal(number, signal.SIG_IGN)
while True:
    time.sleep(600)
