#: claim = "One byte over 1 MiB is over the limit, and 1 MiB of it is kept."
#: status = "RUNTIME_ERROR"
#: reason = "output_limit"
#: stdout_bytes = 1048576
#: stdout_truncated = true
import sys

sys.stdout.write("x" * 1_048_577)
