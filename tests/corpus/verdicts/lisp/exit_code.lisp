;;: claim = "Prints the right answer, and ends with an exit code that is not 0."
;;: verdict = "RTE"
;;: reason_contains = ["exit code 3"]
(defvar *sum* (loop repeat (read) sum (read)))
(format t "~d~%" *sum*)
(exit :code 3)
