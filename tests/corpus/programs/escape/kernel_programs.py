#: claim = "No program and no page-fault handler can be put into the kernel's way: bpf, perf, userfaultfd."
#: status = "OK"
#: stdout = "contained: bpf EPERM\ncontained: perf_event_open EPERM\ncontained: userfaultfd EPERM\ncontained: userfaultfd user mode EPERM\n"
# userfaultfd(2) holds the kernel still in the middle of a copy: the helper of most published kernel exploits.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
attributes = ctypes.create_string_buffer(128)
for name, call in {
    "bpf": (321, 0, attributes, 72),
    "perf_event_open": (298, attributes, 0, -1, -1, 0),
    "userfaultfd": (323, 0),
    "userfaultfd user mode": (323, 1),
}.items():
    if libc.syscall(*call) != -1:
        sys.exit(f"BREACH: {name}")
    print("contained:", name, errno.errorcode[ctypes.get_errno()])
