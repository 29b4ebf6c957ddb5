#: claim = "Moving PID 1 to a core ends the program."
#: status = "RUNTIME_ERROR"
#: reason = "forbidden_syscall"
#: exit_code = 137
#: stdout = "before\n"
#: message_contains = ["sched_setaffinity"]
# sched_setaffinity(2) asks for the same uid only: the supervisor would share the core that the program keeps busy.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

print("before", flush=True)
os.sched_setaffinity(1, {min(os.sched_getaffinity(0))})
sys.exit("BREACH: the call returned")
