;;: claim = "Sleeps for ever."
;;: verdict = "TLE"
;;: time_limit_ms = 1900
;;: wall_time_limit_ms = 2000
;;: reason_contains = ["of wall time"]
(Thread/sleep 3600000)
