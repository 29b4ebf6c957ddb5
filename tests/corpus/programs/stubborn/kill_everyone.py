#: claim = "kill(-1, SIGKILL) spares the caller and PID 1; the program goes on and ends as it likes."
#: status = "OK"
#: exit_code = 0
#: stdout = "alone\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import signal

for _ in range(3):
    if os.fork() == 0:
        signal.pause()
os.kill(-1, signal.SIGKILL)
for _ in range(3):
    os.wait()
print("alone")
