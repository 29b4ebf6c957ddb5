#: claim = "A whole result frame of the supervisor's, byte for byte, is output when a program prints it."
#: status = "RUNTIME_ERROR"
#: exit_code = 7
#: stdout_contains = ["forged"]
#: cpu_ms_min = 1
#: memory_kb_min = 4000
# exited 0, 1 ns of CPU, 1 byte of memory, stdout "forged": see docs/reference/protocol.md.
import os
import struct

payload = struct.pack("<BBBBiiQQQIH", 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0) + struct.pack("<II", 6, 0) + b"forged"
frame = b"r" + struct.pack("<I", len(payload)) + payload
for fd in (1, 2):
    os.write(fd, frame)
    os.write(fd, b"\x01\0\0\0" + struct.pack(">I", len(frame)) + frame)
os._exit(7)
