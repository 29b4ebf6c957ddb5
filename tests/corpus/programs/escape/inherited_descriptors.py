#: claim = "The program starts with descriptors 0, 1 and 2 and no others, and none leads out of the sandbox."
#: status = "OK"
#: stdout = "contained: [0, 1, 2]\n"
# CVE-2024-21626: runc leaked a descriptor of a host directory, and a working directory through it was the host's.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

opened = []
for fd in range(4096):
    try:
        os.fstat(fd)
    except OSError:
        continue
    opened.append(fd)
    target = os.readlink(f"/proc/self/fd/{fd}")
    if not target.startswith(("pipe:", "/memfd:")):
        sys.exit(f"BREACH: descriptor {fd} is {target}")
if os.path.realpath("/proc/self/cwd") != "/workspace":
    sys.exit("BREACH: started in " + os.path.realpath("/proc/self/cwd"))
print("contained:", opened)
