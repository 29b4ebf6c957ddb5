;;: claim = "Does not catch an exception."
;;: verdict = "RTE"
;;: reason_contains = ["exit code 1"]
(defvar *sum* (loop repeat (read) sum (read)))
(print (/ *sum* 0))
