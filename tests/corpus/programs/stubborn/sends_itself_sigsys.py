#: claim = "SIGSYS by its own hand is a signal, not a forbidden call."
#: status = "RUNTIME_ERROR"
#: reason = "signal"
#: exit_code = 159
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import signal

os.kill(os.getpid(), signal.SIGSYS)
