#: claim = "80 MiB that are never touched cost nothing."
#: status = "OK"
#: memory_kb_max = 20000
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

block = bytes(80 << 20)  # calloc; bytearray would write its zeros
