#: claim = "A forbidden call from a daemon of another session ends the whole program."
#: status = "RUNTIME_ERROR"
#: reason = "forbidden_syscall"
#: exit_code = 137
#: stdout = "before\n"
#: message_contains = ["setpriority"]
# An attack from a process that nobody waits for must count as much as one from the main program.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import time

print("before", flush=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.setpriority(os.PRIO_PROCESS, 1, 19)
    os._exit(0)
time.sleep(30)
sys.exit("BREACH: the call returned")
