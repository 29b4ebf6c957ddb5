#: claim = "The peak from before an exec is kept."
#: status = "OK"
#: memory_kb_min = 61440
#: memory_kb_max = 80000
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

block = b"\xff" * (60 << 20)
os.execv(sys.executable, [sys.executable, "-c", "pass"])
