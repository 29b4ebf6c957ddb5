;;: claim = "Sleeps for ever."
;;: verdict = "TLE"
;;: time_limit_ms = 450
;;: wall_time_limit_ms = 500
;;: reason_contains = ["of wall time"]
(sleep 3600)
