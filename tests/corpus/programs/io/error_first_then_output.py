#: claim = "A full standard error pipe that no one empties would block the program before its first word on standard output."
#: status = "OK"
#: stdout = "after\n"
#: stderr_bytes = 300000
# Waiting first and reading after deadlocks at the pipe's size (SandboxFusion#53).
import sys

sys.stderr.write("y" * 300_000)
print("after")
