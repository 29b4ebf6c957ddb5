#: claim = "A child killed for memory is the program's own affair when the main program goes on and exits 0."
#: timeout = 5
#: status = "OK"
#: exit_code = 0
#: stdout = "child ended by signal 9\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

pid = os.fork()
if pid == 0:
    hoard = []
    while True:
        hoard.append(b"\xff" * (1 << 20))
_, status = os.waitpid(pid, 0)
print("child ended by signal", os.WTERMSIG(status))
