#: claim = "No time of a device or of a masked file can be set, for the next program to read."
#: status = "OK"
#: stdout = "contained: no time\n"
# Masked files of /proc are the container's own /dev/null.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

with open("/proc/self/mountinfo") as mounts:
    paths = {line.split()[4] for line in mounts} | {f"/dev/{name}" for name in os.listdir("/dev")}
for path in sorted(paths - {"/workspace", "/tmp", "/dev/shm", "/dev/mqueue"}):
    try:
        before = os.stat(path).st_mtime_ns
        os.utime(path)
    except OSError:
        continue
    if os.stat(path).st_mtime_ns != before and os.stat(path).st_uid != os.getuid():
        sys.exit(f"BREACH: the time of {path}")
print("contained: no time")
