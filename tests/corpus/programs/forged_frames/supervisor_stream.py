#: claim = "Nor does a dialogue of hello, pong, again and error frames end or renew the sandbox."
#: status = "OK"
#: stdout_contains = ["the end"]
#: stderr = ""
import os
import struct

for kind, payload in ((b"H", bytes(10)), (b"p", b"12345678"), (b"A", b""), (b"E", b"the program says so"), (b"r", b""), (b"R", b"\xff" * 20)):
    os.write(1, kind + struct.pack("<I", len(payload)) + payload)
print("the end")
