#: claim = "An endless standard error is cut at the limit, flagged, and ends the program; standard output is kept."
#: timeout = 5
#: status = "RUNTIME_ERROR"
#: reason = "output_limit"
#: exit_code = 137
#: stdout = "kept\n"
#: stdout_truncated = false
#: stderr_bytes = 1048576
#: stderr_truncated = true
#: wall_ms_max = 3000
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

print("kept", flush=True)
while True:
    os.write(2, b"spam and eggs..." * 4096)
