#: claim = "A program that stops itself is ended at the wall limit."
#: timeout = 1
#: status = "TIMEOUT"
#: reason = "wall_time_limit"
#: exit_code = 137
#: cpu_ms_max = 400
#: wall_ms_max = 2000
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import signal

os.kill(os.getpid(), signal.SIGSTOP)
