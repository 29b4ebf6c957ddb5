#: claim = "A real-time signal ends the program with 128 + its number."
#: status = "RUNTIME_ERROR"
#: reason = "signal"
#: exit_code = 178
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import signal

os.kill(os.getpid(), 50)
signal.pause()
