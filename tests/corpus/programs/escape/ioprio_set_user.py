#: claim = "ioprio_set for all processes of the uid ends the program."
#: status = "RUNTIME_ERROR"
#: reason = "forbidden_syscall"
#: exit_code = 137
#: stdout = "before\n"
#: message_contains = ["ioprio_set"]
# IOPRIO_WHO_USER reaches PID 1 without its number.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
print("before", flush=True)
libc.syscall(251, 3, os.getuid(), 3 << 13)  # IOPRIO_WHO_USER
sys.exit("BREACH: the call returned")
