#: claim = "Sleeps for ever."
#: verdict = "TLE"
#: time_limit_ms = 900
#: wall_time_limit_ms = 1000
#: reason_contains = ["of wall time"]
Sys.sleep(3600)
