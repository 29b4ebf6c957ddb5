#: claim = "Sleeps for ever."
#: verdict = "TLE"
#: time_limit_ms = 1900
#: wall_time_limit_ms = 2000
#: reason_contains = ["of wall time"]
Process.sleep(3_600_000)
