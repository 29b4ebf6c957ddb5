#: claim = "Nothing that /proc shows of PID 1's inside can be read: memory, environment, descriptors, roots."
#: status = "OK"
#: stdout_contains = ["contained: mem", "contained: environ", "contained: maps", "contained: fd", "contained: fdinfo", "contained: exe", "contained: cwd", "contained: root", "contained: ns/pid", "contained: auxv"]
#: stdout_excludes = ["BREACH"]
# The program and PID 1 have the same uid. Only that PID 1 is not dumpable (PR_SET_DUMPABLE(2const)) makes these root's.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import errno

for name in (
    "mem", "environ", "maps", "smaps", "smaps_rollup", "numa_maps", "auxv", "io", "stack", "syscall", "personality",
    "pagemap", "task/1/mem", "task/1/environ", "fd/0", "fd/1", "fd/2", "fd/3", "root/etc/hostname", "cwd/main.py",
):
    try:
        with open(f"/proc/1/{name}", "rb", buffering=0) as file:
            got = file.read(64)
    except FileNotFoundError:
        continue  # not in this kernel
    except OSError as refusal:
        if refusal.errno not in (errno.EACCES, errno.EPERM):
            raise
        print("contained:", name)
    else:
        sys.exit(f"BREACH: read {got!r} from /proc/1/{name}")
for name in ("exe", "cwd", "root", "ns/pid", "ns/net", "ns/mnt"):
    try:
        got = os.readlink(f"/proc/1/{name}")
    except PermissionError:
        print("contained:", name)
    else:
        sys.exit(f"BREACH: /proc/1/{name} is {got}")
for name in ("fd", "fdinfo", "map_files", "task/1/fd"):
    try:
        got = os.listdir(f"/proc/1/{name}")
    except PermissionError:
        print("contained:", name)
    else:
        sys.exit(f"BREACH: /proc/1/{name} lists {got}")
