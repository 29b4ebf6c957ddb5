#: claim = "100,000 NULs, six bytes of JSON each, arrive whole."
#: status = "OK"
#: stdout_bytes = 100000
#: stdout_truncated = false
import os

os.write(1, bytes(50_000))
os.write(1, bytes(50_000))
