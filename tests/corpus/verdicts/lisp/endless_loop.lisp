;;: claim = "Computes for ever."
;;: verdict = "TLE"
;;: time_limit_ms = 500
;;: reason_contains = ["was stopped after", "of CPU time"]
(loop)
