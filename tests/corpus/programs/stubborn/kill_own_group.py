#: claim = "Killing its own process group ends the program by a signal and does not reach PID 1."
#: status = "RUNTIME_ERROR"
#: reason = "signal"
#: exit_code = 137
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import signal

os.killpg(os.getpgrp(), signal.SIGKILL)
