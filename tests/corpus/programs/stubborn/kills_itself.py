#: claim = "SIGKILL by its own hand is a signal, not the memory limit and not the wall limit."
#: status = "RUNTIME_ERROR"
#: reason = "signal"
#: exit_code = 137
#: wall_ms_max = 1500
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import signal

os.kill(os.getpid(), signal.SIGKILL)
