;;: claim = "Fills memory."
;;: verdict = "MLE"
;;: memory_limit_kb = 262144
;;: reason_contains = ["ran out of heap memory"]
(println (count (vec (repeatedly 10000 #(long-array 100000)))))
