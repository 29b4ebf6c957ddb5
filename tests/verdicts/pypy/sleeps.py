#: claim = "Sleeps for ever."
#: verdict = "TLE"
#: time_limit_ms = 400
#: wall_time_limit_ms = 800
#: reason_contains = ["of wall time"]
import time

time.sleep(3600)
