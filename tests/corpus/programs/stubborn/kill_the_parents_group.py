#: claim = "The group of the program's parent is PID 1's, and no signal to it has any effect."
#: status = "OK"
#: stdout = "still answered\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import signal

if os.getpgid(os.getppid()) == os.getpgrp():
    sys.exit("BREACH: PID 1 is in the program's process group")
for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP):
    try:
        os.killpg(os.getpgid(os.getppid()), number)
    except OSError:
        pass
print("still answered")
