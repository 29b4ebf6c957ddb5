#: claim = "setpriority for all processes of the uid, PID 1 among them, ends the program."
#: status = "RUNTIME_ERROR"
#: reason = "forbidden_syscall"
#: exit_code = 137
#: stdout = "before\n"
#: message_contains = ["setpriority"]
# PRIO_USER with 0 is the caller's own uid: PID 1 is reached without its number.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

print("before", flush=True)
os.setpriority(os.PRIO_USER, 0, 19)
sys.exit("BREACH: the call returned")
