#: claim = "Setting PID 1's io priority ends the program."
#: status = "RUNTIME_ERROR"
#: reason = "forbidden_syscall"
#: exit_code = 137
#: stdout = "before\n"
#: message_contains = ["ioprio_set"]
# ioprio_set(2) asks for the same uid only.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
print("before", flush=True)
libc.syscall(251, 1, 1, 3 << 13)  # IOPRIO_WHO_PROCESS, PID 1, IOPRIO_CLASS_IDLE
sys.exit("BREACH: the call returned")
