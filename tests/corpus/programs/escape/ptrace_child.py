#: claim = "ptrace of any other process ends the program too."
#: status = "RUNTIME_ERROR"
#: reason = "forbidden_syscall"
#: exit_code = 137
#: stdout = "before\n"
#: message_contains = ["ptrace"]
# ptrace(2) changes a traced process's system calls after they were checked, on kernels before 4.8 past seccomp as well.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
print("before", flush=True)
if os.fork() == 0:
    libc.ptrace(0, 0, None, None)  # PTRACE_TRACEME
    os._exit(0)
os.wait()
sys.exit("BREACH: the call returned")
