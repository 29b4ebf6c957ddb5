#: claim = "Ends badly, but too late: the time limit comes first."
#: verdict = "TLE"
#: time_limit_ms = 100
#: reason_contains = ["of CPU time"]
import os
import time

while time.process_time() < 0.13:
    pass
os.abort()
