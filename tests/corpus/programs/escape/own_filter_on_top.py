#: claim = "A seccomp filter or a listener of the program's own cannot weaken the one that holds it."
#: status = "RUNTIME_ERROR"
#: reason = "forbidden_syscall"
#: exit_code = 137
#: stdout = "before\n"
#: message_contains = ["setpriority"]
# seccomp(2): of several filters the strictest answer wins, and a later SECCOMP_RET_ALLOW takes nothing back.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes
import struct

libc = ctypes.CDLL(None, use_errno=True)
allow_all = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000))
program = ctypes.create_string_buffer(struct.pack("H6xQ", 1, ctypes.addressof(allow_all)))
libc.prctl(22, 2, program, 0, 0)  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
print("before", flush=True)
os.setpriority(os.PRIO_PROCESS, 1, 19)
sys.exit("BREACH: the call returned")
