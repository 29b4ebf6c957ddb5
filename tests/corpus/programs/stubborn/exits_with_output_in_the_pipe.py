#: claim = "All that was written before an abrupt end arrives, to the last byte."
#: status = "RUNTIME_ERROR"
#: exit_code = 4
#: stdout_bytes = 300000
#: stdout_truncated = false
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

left = b"x" * 300_000
while left:
    left = left[os.write(1, left):]
os._exit(4)
