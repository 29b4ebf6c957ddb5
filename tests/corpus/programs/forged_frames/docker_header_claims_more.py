#: claim = "A stream header that announces 4 GiB does not make anyone wait for them."
#: status = "RUNTIME_ERROR"
#: exit_code = 5
#: stdout_contains = ["\u0001\u0000\u0000\u0000"]
#: wall_ms_max = 1500
import os

os.write(1, b"\x01\0\0\0\xff\xff\xff\xff")
os._exit(5)
