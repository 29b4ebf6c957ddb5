#: claim = "Reading PID 1's memory by process_vm_readv is refused or ends the program."
#: status = ["OK", "RUNTIME_ERROR"]
#: reason = ["none", "forbidden_syscall"]
#: stdout_contains = ["before"]
#: stdout_excludes = ["BREACH"]
# Both are true: an engine whose own profile refuses the call (EPERM) answers before our filter can end the program.
# process_vm_readv(2) needs no descriptor and no /proc, only the ptrace right.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
room = ctypes.create_string_buffer(64)
vector = (ctypes.c_uint64 * 2)(ctypes.addressof(room), 64)
print("before", flush=True)
if libc.process_vm_readv(1, vector, 1, vector, 1, 0) != -1:
    sys.exit("BREACH: process_vm_readv")
if ctypes.get_errno() != errno.EPERM:
    sys.exit("BREACH: process_vm_readv got as far as " + errno.errorcode[ctypes.get_errno()])
