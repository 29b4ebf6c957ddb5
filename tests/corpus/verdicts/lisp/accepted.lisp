;;: claim = "Adds the numbers up."
;;: verdict = "AC"
(defvar *sum* (loop repeat (read) sum (read)))
(format t "~d~%" *sum*)
