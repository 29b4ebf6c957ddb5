#: claim = "The peak of a child that was waited for is the program's."
#: status = "OK"
#: memory_kb_min = 61440
#: memory_kb_max = 80000
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

pid = os.fork()
if pid == 0:
    block = b"\xff" * (60 << 20)
    os._exit(0)
os.waitpid(pid, 0)
