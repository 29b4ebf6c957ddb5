#: claim = "Exactly 1 MiB is within the limit."
#: status = "OK"
#: stdout_bytes = 1048576
#: stdout_truncated = false
import sys

sys.stdout.write("x" * 1_048_576)
