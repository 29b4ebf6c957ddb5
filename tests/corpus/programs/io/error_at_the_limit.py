#: claim = "Standard error has a limit of its own: 1 MiB on both streams is within the limits."
#: status = "OK"
#: stdout_bytes = 1048576
#: stderr_bytes = 1048576
#: stdout_truncated = false
#: stderr_truncated = false
import sys

sys.stdout.write("x" * 1_048_576)
sys.stderr.write("y" * 1_048_576)
