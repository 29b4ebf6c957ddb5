#: claim = "A program that closes its output and never ends is ended at the wall limit, and nothing spins meanwhile."
#: timeout = 1
#: status = "TIMEOUT"
#: reason = "wall_time_limit"
#: exit_code = 137
#: stdout = "before\n"
#: wall_ms_max = 2000
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import time

os.write(1, b"before\n")
os.closerange(0, 256)
while True:
    time.sleep(600)
