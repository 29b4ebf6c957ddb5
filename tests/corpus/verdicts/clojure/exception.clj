;;: claim = "Does not catch an exception."
;;: verdict = "RTE"
;;: reason_contains = ["exit code 1"]
(read-line)
(def sum (reduce + (map parse-long (.split (read-line) " "))))
(println (/ sum 0))
