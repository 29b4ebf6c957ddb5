#: claim = "The root file system is read-only: no file of it can be changed and none added."
#: status = "OK"
#: stdout = "contained: 22 paths\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import errno

PATHS = (
    "/zuko", "/bin/zuko", "/bin/sh", "/dev/zuko", "/etc/zuko", "/etc/passwd", "/etc/ld.so.preload", "/etc/ld.so.cache", "/etc/hosts",
    "/etc/resolv.conf", "/etc/hostname", "/home/zuko", "/lib/zuko", "/opt/zuko", "/root/0", "/run/zuko", "/usr/zuko",
    "/usr/local/sbin/zuko-init", "/usr/bin/time", "/var/tmp/zuko", sys.executable, os.__file__,
)
for path in PATHS:
    try:
        os.open(path, os.O_WRONLY | os.O_CREAT, 0o777)
    except OSError as refusal:
        if refusal.errno not in (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.ETXTBSY):
            raise
    else:
        sys.exit(f"BREACH: {path} can be written")
print("contained:", len(PATHS), "paths")
