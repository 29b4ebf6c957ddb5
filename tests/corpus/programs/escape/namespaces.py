#: claim = "No new namespace of any kind, and none of PID 1's to join."
#: status = "OK"
#: stdout_contains = ["contained: unshare user EPERM", "contained: unshare mount EPERM", "contained: clone user EPERM", "contained: clone3", "contained: setns"]
#: stdout_excludes = ["BREACH"]
# A user namespace gives every capability inside it, and with them the kernel's largest field of attack.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
KINDS = {
    "user": 0x10000000, "mount": 0x00020000, "pid": 0x20000000, "net": 0x40000000,
    "ipc": 0x08000000, "uts": 0x04000000, "cgroup": 0x02000000, "time": 0x00000080,
}
for kind, flag in KINDS.items():
    if libc.unshare(flag) == 0:
        sys.exit(f"BREACH: unshare {kind}")
    print("contained: unshare", kind, errno.errorcode[ctypes.get_errno()])
for kind in ("user", "mount", "pid", "net"):
    pid = libc.syscall(56, KINDS[kind] | 17, 0, 0, 0, 0)  # clone(flags | SIGCHLD)
    if pid == 0:
        os._exit(0)
    if pid > 0:
        sys.exit(f"BREACH: clone {kind}")
    print("contained: clone", kind, errno.errorcode[ctypes.get_errno()])

arguments = (ctypes.c_uint64 * 8)(KINDS["user"], 0, 0, 0, 17, 0, 0, 0)
pid = libc.syscall(435, arguments, ctypes.sizeof(arguments))  # clone3: its flags are behind a pointer, out of a filter's sight
if pid == 0:
    os._exit(0)
if pid > 0:
    sys.exit("BREACH: clone3 with a user namespace")
print("contained: clone3", errno.errorcode[ctypes.get_errno()])

for kind in ("user", "mnt", "pid", "net"):
    try:
        fd = os.open(f"/proc/self/ns/{kind}", os.O_RDONLY)
    except OSError:
        continue
    if libc.setns(fd, 0) == 0:
        sys.exit(f"BREACH: setns {kind}")
    print("contained: setns", kind, errno.errorcode[ctypes.get_errno()])
