#: claim = "A program that waits for input on a pipe of its own is ended at the wall limit."
#: timeout = 1
#: status = "TIMEOUT"
#: reason = "wall_time_limit"
#: exit_code = 137
#: cpu_ms_max = 400
import os

reader, writer = os.pipe()
os.read(reader, 1)
