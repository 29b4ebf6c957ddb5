#: claim = "The peak of a double-forked orphan is the program's too."
#: status = "OK"
#: memory_kb_min = 61440
#: memory_kb_max = 80000
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

reader, writer = os.pipe()
pid = os.fork()
if pid == 0:
    if os.fork() == 0:
        block = b"\xff" * (60 << 20)
    os._exit(0)
os.waitpid(pid, 0)
os.close(writer)
os.read(reader, 1)  # end of file: the orphan has ended
