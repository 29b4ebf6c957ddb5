#: claim = "40 MiB that are touched read as 40 MiB more than an empty program."
#: status = "OK"
#: memory_kb_min = 45000
#: memory_kb_max = 57000
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

block = b"\xff" * (40 << 20)
