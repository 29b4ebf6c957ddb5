#: claim = "Giving PID 1 the idle class ends the program."
#: status = "RUNTIME_ERROR"
#: reason = "forbidden_syscall"
#: exit_code = 137
#: stdout = "before\n"
#: message_contains = ["sched_setscheduler"]
# sched(7): a SCHED_IDLE supervisor gets a turn when the program leaves one, so never at the time limit.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

print("before", flush=True)
os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0))
sys.exit("BREACH: the call returned")
