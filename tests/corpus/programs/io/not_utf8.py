#: claim = "Bytes that are not UTF-8 are replaced, each sequence by one U+FFFD, and never an error."
#: status = "OK"
#: stdout = "ok \ufffd\ufffd caf\ufffd\n\ufffd"
#: stderr = "\ufffd!"
import os

os.write(1, b"ok \xff\xfe caf\xe9\n\xe2\x82")
os.write(2, b"\x80!")
