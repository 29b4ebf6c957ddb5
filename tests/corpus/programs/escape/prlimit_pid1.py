#: claim = "Setting a limit of PID 1's ends the program."
#: status = "RUNTIME_ERROR"
#: reason = "forbidden_syscall"
#: exit_code = 137
#: stdout = "before\n"
#: message_contains = ["prlimit"]
# prlimit(2) asks for the same uid only: with 3 open files the supervisor could start nothing more.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import resource

print("before", flush=True)
resource.prlimit(1, resource.RLIMIT_NOFILE, (3, 3))
sys.exit("BREACH: the call returned")
