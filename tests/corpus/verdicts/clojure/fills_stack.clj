;;: claim = "Recurses until its stack is full: an exception in Java, whose stack is not the memory limit's."
;;: verdict = "RTE"
;;: reason_contains = ["exit code 1"]
;;: time_limit_ms = 10000
(defn deep [n] (inc (deep (inc n))))
(println (deep 0))
