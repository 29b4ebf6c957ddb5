;;: claim = "Computes for ever."
;;: verdict = "TLE"
;;: time_limit_ms = 250
;;: reason_contains = ["was stopped after", "of CPU time"]
(let loop ((n 0)) (loop (+ n 1)))
