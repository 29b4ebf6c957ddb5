#: claim = "A cut at the limit in the middle of a character is replaced, not an error."
#: status = "RUNTIME_ERROR"
#: reason = "output_limit"
#: stdout_truncated = true
#: stdout_contains = ["xé"]
import os

left = ("x" + "é" * 600_000).encode()
while left:
    left = left[os.write(1, left):]
