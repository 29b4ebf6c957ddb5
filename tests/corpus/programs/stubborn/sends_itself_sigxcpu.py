#: claim = "SIGXCPU by its own hand is a signal, not the CPU limit."
#: status = "RUNTIME_ERROR"
#: reason = "signal"
#: exit_code = 152
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import signal

os.kill(os.getpid(), signal.SIGXCPU)
