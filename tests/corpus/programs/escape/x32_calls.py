#: claim = "The x32 numbering of the same calls does not get past the filter."
#: status = "OK"
#: stdout = "contained: prlimit64\ncontained: ptrace\ncontained: io_uring_setup\n"
# seccomp(2): x32 has the architecture of x86-64 and numbers with bit 30 set, so a list of numbers alone does not match.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
limit = (ctypes.c_uint64 * 2)(3, 3)
for name, call in {
    "prlimit64": (302, 1, 7, limit, None),
    "ptrace": (521, 16, 1, 0, 0),  # ptrace has a number of its own in x32
    "io_uring_setup": (425, 8, ctypes.create_string_buffer(256)),
}.items():
    if libc.syscall(0x40000000 | call[0], *call[1:]) != -1:
        sys.exit(f"BREACH: {name} by its x32 number")
    if ctypes.get_errno() not in (errno.ENOSYS, errno.EPERM):
        sys.exit(f"BREACH: {name} got as far as {errno.errorcode[ctypes.get_errno()]}")
    print("contained:", name)
