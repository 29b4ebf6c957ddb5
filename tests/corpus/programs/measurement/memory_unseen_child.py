#: claim = "Memory of a child that no process waits for may stay out of the peak RSS, and never out of the memory limit."
#: timeout = 5
#: status = "RUNTIME_ERROR"
#: reason = "memory_limit"
#: exit_code = 1
# getrusage(2), RUSAGE_CHILDREN: only children that were waited for; a parent that ignores SIGCHLD waits for none.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import signal

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
reader, writer = os.pipe()
if os.fork() == 0:
    block = b"\xff" * (200 << 20)
    os.write(writer, b"x")
    os._exit(0)
os.close(writer)
if os.read(reader, 1):
    sys.exit("BREACH: a child of 200 MiB")
sys.exit(1)
