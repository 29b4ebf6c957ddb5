#: claim = "sched_setparam on PID 1 ends the program."
#: status = "RUNTIME_ERROR"
#: reason = "forbidden_syscall"
#: exit_code = 137
#: stdout = "before\n"
#: message_contains = ["sched_setparam"]
# The sibling of sched_setscheduler, easily forgotten in a list.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

print("before", flush=True)
os.sched_setparam(1, os.sched_param(0))
sys.exit("BREACH: the call returned")
