#: claim = "The kernel's key rings, which no namespace divides, are out of reach."
#: status = "OK"
#: stdout = "contained: add_key EPERM\ncontained: request_key EPERM\ncontained: keyctl EPERM\n"
# keyrings(7): user keyrings are shared by uid across containers; isolate closed this leak between its boxes.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes
import errno

libc = ctypes.CDLL(None, use_errno=True)
for name, call in {
    "add_key": (248, b"user", b"zuko", b"word", 4, -4),
    "request_key": (249, b"user", b"zuko", None, -4),
    "keyctl": (250, 0, -4, 1, 0, 0),
}.items():
    if libc.syscall(*call) != -1:
        sys.exit(f"BREACH: {name}")
    print("contained:", name, errno.errorcode[ctypes.get_errno()])
