#: claim = "kcmp, which tells which resources two processes share, is refused or ends the program."
#: status = ["OK", "RUNTIME_ERROR"]
#: reason = ["none", "forbidden_syscall"]
#: stdout_contains = ["before"]
#: stdout_excludes = ["BREACH"]
# Both are true: an engine whose own profile refuses the call (EPERM) answers before our filter can end the program.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
print("before", flush=True)
if libc.syscall(312, os.getpid(), 1, 0, 1, 1) != -1:
    sys.exit("BREACH: kcmp")
if ctypes.get_errno() != errno.EPERM:
    sys.exit("BREACH: kcmp got as far as " + errno.errorcode[ctypes.get_errno()])
