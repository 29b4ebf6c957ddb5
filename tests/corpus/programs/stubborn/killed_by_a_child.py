#: claim = "A main program killed by its own child died of a signal, not of a limit."
#: status = "RUNTIME_ERROR"
#: reason = "signal"
#: exit_code = 137
#: stdout = "before\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import signal
import time

print("before", flush=True)
if os.fork() == 0:
    os.kill(-1, signal.SIGKILL)
    os._exit(0)
time.sleep(30)
