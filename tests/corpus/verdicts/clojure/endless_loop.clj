;;: claim = "Computes for ever."
;;: verdict = "TLE"
;;: time_limit_ms = 1500
;;: reason_contains = ["was stopped after", "of CPU time"]
(loop [n 0] (recur (unchecked-inc n)))
