#: claim = "All 256 bytes in a row: the first 128 arrive as they are."
#: status = "OK"
#: stdout_contains = ["\u0000\u0001\u0002", "\t\n\u000b\f\r", "\u001b", "xyz{|}~\u007f\ufffd"]
import os

os.write(1, bytes(range(256)))
