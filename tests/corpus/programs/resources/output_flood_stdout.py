#: claim = "An endless standard output is cut at the limit, flagged, and ends the program."
#: timeout = 5
#: status = "RUNTIME_ERROR"
#: reason = "output_limit"
#: exit_code = 137
#: stdout_bytes = 1048576
#: stdout_truncated = true
#: stderr = ""
#: wall_ms_max = 3000
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

while True:
    os.write(1, b"spam and eggs..." * 4096)
