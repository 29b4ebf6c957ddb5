#: claim = "There is no io_uring: its rings make calls that no seccomp filter sees."
#: status = "OK"
#: stdout = "contained: io_uring_setup ENOSYS\ncontained: io_uring_enter ENOSYS\ncontained: io_uring_register ENOSYS\n"
# io_uring_setup(2). Docker allowed it until 25.0 (moby#46762). ENOSYS, so that libraries fall back.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
parameters = ctypes.create_string_buffer(256)
for name, number in {"io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427}.items():
    if libc.syscall(number, 8, parameters, 0, 0, 0, 0) != -1:
        sys.exit(f"BREACH: {name}")
    print("contained:", name, errno.errorcode[ctypes.get_errno()])
