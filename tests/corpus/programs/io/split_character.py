#: claim = "A character whose bytes come in two writes is one character."
#: status = "OK"
#: stdout = "é🐍\n"
import os
import time

for byte in "é🐍\n".encode():
    os.write(1, bytes([byte]))
    time.sleep(0.01)
