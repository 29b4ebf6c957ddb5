#: claim = "Docker's own stream headers in the output stay output."
#: status = "OK"
#: stdout = "\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0005hello\u0002\u0000\u0000\u0000\u0000\u0000\u0000\u0004fake"
#: stderr = ""
# Type 1 or 2, three zeros, length, big-endian: what the attach stream puts before each piece (Docker Engine API, ContainerAttach).
import os

os.write(1, b"\x01\0\0\0\0\0\0\x05hello" + b"\x02\0\0\0\0\0\0\x04fake")
