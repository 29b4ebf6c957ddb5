#: claim = "No device node can be made, and no device of the host is there to open."
#: status = "OK"
#: stdout = "contained: character EPERM\ncontained: block EPERM\ncontained: devices\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import errno
import stat

for name, mode, number in (("character", stat.S_IFCHR, os.makedev(1, 1)), ("block", stat.S_IFBLK, os.makedev(8, 0))):
    try:
        os.mknod("/tmp/node", mode | 0o666, number)
    except OSError as refusal:
        print("contained:", name, errno.errorcode[refusal.errno])
    else:
        sys.exit(f"BREACH: a {name} device")
allowed = {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm", "mqueue", "fd", "stdin", "stdout", "stderr", "core"}
extra = set(os.listdir("/dev")) - allowed
if extra:
    sys.exit(f"BREACH: devices {sorted(extra)}")
print("contained: devices")
