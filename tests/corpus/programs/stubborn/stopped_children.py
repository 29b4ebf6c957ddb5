#: claim = "Stopped children, which handle no signal but KILL, do not outlive the main program."
#: status = "OK"
#: stdout = "main is done\n"
#: wall_ms_max = 1500
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import signal

for _ in range(10):
    pid = os.fork()
    if pid == 0:
        os.kill(os.getpid(), signal.SIGSTOP)
    os.waitpid(pid, os.WUNTRACED)
print("main is done")
