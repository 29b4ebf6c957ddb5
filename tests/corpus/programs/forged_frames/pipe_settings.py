#: claim = "Whatever a program sets on its output pipes (size, non-blocking, packets), what it wrote arrives."
#: status = "OK"
#: stdout = "one\ntwo\n"
#: stderr = "three\n"
# fcntl(2): the flags belong to the open file; of a shared one they would be the supervisor's flags too.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import fcntl

fcntl.fcntl(1, 1031, 4096)  # F_SETPIPE_SZ
fcntl.fcntl(2, 1031, 1 << 20)
os.set_blocking(1, False)
fcntl.fcntl(2, fcntl.F_SETFL, os.O_DIRECT | os.O_NONBLOCK)
os.write(1, b"one\n")
os.write(2, b"three\n")
with open("/proc/self/fd/1", "wb", buffering=0) as file:
    file.write(b"two\n")
