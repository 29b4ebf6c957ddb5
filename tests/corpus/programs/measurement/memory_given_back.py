#: claim = "The peak stays though the memory was given back long before the end."
#: timeout = 5
#: status = "OK"
#: memory_kb_min = 61440
#: memory_kb_max = 80000
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import time

block = b"\xff" * (60 << 20)
del block
time.sleep(0.2)
