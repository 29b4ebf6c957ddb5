#: claim = "A pid whose upper half is not zero is the same pid to the kernel, and to the filter."
#: status = "RUNTIME_ERROR"
#: reason = "forbidden_syscall"
#: exit_code = 137
#: stdout = "before\n"
#: message_contains = ["prlimit"]
# A filter sees 64-bit registers, the kernel takes a pid_t of 32 (seccomp(2), NOTES): comparing all 64 lets this through.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
limit = (ctypes.c_uint64 * 2)(3, 3)
print("before", flush=True)
libc.syscall(ctypes.c_long(302), ctypes.c_long(1 << 32 | 1), ctypes.c_long(7), limit, None)
sys.exit("BREACH: the call returned")
