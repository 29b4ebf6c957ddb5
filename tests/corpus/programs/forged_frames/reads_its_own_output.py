#: claim = "A program may take back what it wrote to its pipe, and gets no hold on the supervisor by it."
#: status = "OK"
#: stdout_contains = ["the end\n"]
#: wall_ms_max = 1500
# Opening /proc/self/fd/1 for reading makes the program a second reader, and a writer that never gets EPIPE.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

reader = os.open("/proc/self/fd/1", os.O_RDONLY | os.O_NONBLOCK)
os.write(1, b"taken back perhaps\n")
try:
    os.read(reader, 1 << 16)
except BlockingIOError:
    pass
os.write(1, b"the end\n")
