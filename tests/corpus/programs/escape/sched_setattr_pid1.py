#: claim = "sched_setattr on PID 1 ends the program."
#: status = "RUNTIME_ERROR"
#: reason = "forbidden_syscall"
#: exit_code = 137
#: stdout = "before\n"
#: message_contains = ["sched_setattr"]
# sched_setattr(2) is the newer call behind the same door.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
attributes = (ctypes.c_uint32 * 12)(48, 5)  # size, SCHED_IDLE
print("before", flush=True)
libc.syscall(314, 1, attributes, 0)
sys.exit("BREACH: the call returned")
