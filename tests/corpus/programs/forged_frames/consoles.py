#: claim = "No console, terminal or log of the container's takes a word."
#: status = "OK"
#: stdout = "contained\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

for path in ("/dev/console", "/dev/tty", "/dev/tty0", "/dev/pts/0", "/dev/pts/1", "/dev/kmsg", "/dev/log", "/proc/1/fd/1", "/proc/1/fd/2"):
    try:
        fd = os.open(path, os.O_WRONLY | os.O_NOCTTY)
        os.write(fd, b"forged")
    except OSError:
        continue
    sys.exit(f"BREACH: wrote to {path}")
print("contained")
