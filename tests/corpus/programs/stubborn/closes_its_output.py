#: claim = "A program that closes its output and goes on is waited for: end of file is not the end."
#: timeout = 5
#: status = "RUNTIME_ERROR"
#: exit_code = 5
#: stdout = "before\n"
#: cpu_ms_max = 400
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import time

os.write(1, b"before\n")
for fd in (0, 1, 2):
    os.close(fd)
time.sleep(0.7)
os._exit(5)
