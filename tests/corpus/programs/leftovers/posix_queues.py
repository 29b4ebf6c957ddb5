#: claim = "POSIX message queues do not outlive the program for the next one to read."
#: status = "OK"
#: stdout = "clean\n"
# mq_overview(7): a queue lives until it is unlinked. The mount is Docker's own and no --tmpfs speaks of it.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
if os.path.isdir("/dev/mqueue") and os.listdir("/dev/mqueue"):
    sys.exit(f"BREACH: found {os.listdir('/dev/mqueue')}")
for name in (b"/zuko-word", b"/zuko-second"):
    queue = libc.mq_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666, None)
    if queue == -1 and ctypes.get_errno() == errno.EEXIST:
        sys.exit("BREACH: the last program's queue is there")
    if queue != -1:
        libc.mq_send(queue, b"word", 4, 0)
print("clean")
