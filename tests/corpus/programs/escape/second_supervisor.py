#: claim = "Starting the supervisor's program a second time, with a hostile request, harms no one but the caller."
#: status = ["OK", "RUNTIME_ERROR"]
#: reason = ["none", "signal"]
#: stdout_excludes = ["BREACH"]
#: wall_ms_max = 3000
# Both are true: a second zuko-init may refuse to start, or do its work and kill all that it can reach, its caller included.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import subprocess

request = b"R\x10\0\0\0" + b"\xff" * 16 + b"P\x08\0\0\0forgery!"
try:
    subprocess.run(["/usr/local/sbin/zuko-init"], input=request, capture_output=True, timeout=1)
except subprocess.TimeoutExpired:
    pass
print("contained")
