#: claim = "Memory taken in small objects meets the same limit as memory taken in blocks."
#: timeout = 10
#: status = "RUNTIME_ERROR"
#: reason = "memory_limit"
#: exit_code = 137
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

nested = None
while True:
    nested = (nested, nested)
