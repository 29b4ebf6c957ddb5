#: claim = "The CPU time of a single process is what it says of itself, plus the interpreter's start."
#: timeout = 5
#: status = "OK"
#: cpu_ms_min = 500
#: cpu_ms_max = 700
import time

while time.process_time() < 0.5:
    pass
