#: claim = "What was written before the wall limit is kept."
#: timeout = 1
#: status = "TIMEOUT"
#: reason = "wall_time_limit"
#: exit_code = 137
#: stdout = "before\n"
#: stderr = "and this\n"
import sys
import time

print("before", flush=True)
print("and this", file=sys.stderr)
time.sleep(60)
