#: claim = "Thirty processes writing at once fill no more than the one limit."
#: timeout = 5
#: status = "RUNTIME_ERROR"
#: reason = "output_limit"
#: exit_code = 137
#: stdout_bytes = 1048576
#: stdout_truncated = true
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

for _ in range(30):
    if os.fork() == 0:
        break
while True:
    os.write(1, b"x" * 4096)
