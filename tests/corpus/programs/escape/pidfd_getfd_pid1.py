#: claim = "pidfd_getfd, which copies a descriptor out of another process, is refused or ends the program."
#: status = ["OK", "RUNTIME_ERROR"]
#: reason = ["none", "forbidden_syscall"]
#: stdout_contains = ["before"]
#: stdout_excludes = ["BREACH"]
# Both are true: an engine whose own profile refuses the call (EPERM) answers before our filter can end the program.
# With a copy of PID 1's standard output the program could write the answer itself.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
print("before", flush=True)
try:
    pidfd = os.pidfd_open(1)
except OSError:
    pidfd = 0
for number in range(16):
    stolen = libc.syscall(438, pidfd, number, 0)
    if stolen != -1:
        sys.exit(f"BREACH: has PID 1's descriptor {number}")
    if ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
        sys.exit("BREACH: pidfd_getfd got as far as " + errno.errorcode[ctypes.get_errno()])
