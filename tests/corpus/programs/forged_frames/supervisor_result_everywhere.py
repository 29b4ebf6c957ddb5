#: claim = "The only descriptors that take a forged result are the program's own output and error."
#: status = "RUNTIME_ERROR"
#: exit_code = 7
#: stdout_contains = ["forged"]
#: stderr_contains = ["accepted: [1, 2]"]
#: memory_kb_min = 4000
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import struct

payload = struct.pack("<BBBBiiQQQIH", 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0) + struct.pack("<II", 6, 0) + b"forged"
frame = b"r" + struct.pack("<I", len(payload)) + payload
accepted = []
for fd in range(4096):
    try:
        os.write(fd, frame)
    except OSError:
        continue
    accepted.append(fd)
os.write(2, f"accepted: {accepted}\n".encode())
os._exit(7)
