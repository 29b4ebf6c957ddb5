#: claim = "setpriority for PID 1's process group ends the program."
#: status = "RUNTIME_ERROR"
#: reason = "forbidden_syscall"
#: exit_code = 137
#: stdout = "before\n"
#: message_contains = ["setpriority"]
# PRIO_PGRP reaches PID 1 by the number of its group.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

print("before", flush=True)
os.setpriority(os.PRIO_PGRP, os.getpgid(1), 19)
sys.exit("BREACH: the call returned")
