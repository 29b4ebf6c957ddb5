#: claim = "A flood on both streams at once neither deadlocks nor loses what was within the limits."
#: timeout = 5
#: status = "RUNTIME_ERROR"
#: reason = "output_limit"
#: exit_code = 137
#: wall_ms_max = 3000
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

while True:
    os.write(1, b"o" * 5000)
    os.write(2, b"e" * 5000)
