#: claim = "What was printed and still lay in Python's buffer at the wall limit is kept as well."
#: timeout = 1
#: status = "TIMEOUT"
#: reason = "wall_time_limit"
#: exit_code = 137
#: stdout = "before, not flushed\n"
#: stderr = ""
import time

print("before, not flushed")
time.sleep(60)
