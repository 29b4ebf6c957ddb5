#: claim = "Slowing PID 1 down with setpriority ends the program."
#: status = "RUNTIME_ERROR"
#: reason = "forbidden_syscall"
#: exit_code = 137
#: stdout = "before\n"
#: message_contains = ["setpriority"]
# setpriority(2): a same-uid process may be made nicer, and never be made less nice again.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

print("before", flush=True)
os.setpriority(os.PRIO_PROCESS, 1, 19)
sys.exit("BREACH: the call returned")
