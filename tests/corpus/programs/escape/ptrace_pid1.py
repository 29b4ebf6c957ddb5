#: claim = "ptrace of PID 1 ends the program, and the answer names the call."
#: status = "RUNTIME_ERROR"
#: reason = "forbidden_syscall"
#: exit_code = 137
#: stdout = "before\n"
#: message_contains = ["ptrace"]
# ptrace(2): PTRACE_ATTACH of a process of the same uid would give its memory and its descriptors.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
print("before", flush=True)
libc.ptrace(16, 1, None, None)  # PTRACE_ATTACH
sys.exit("BREACH: the call returned")
