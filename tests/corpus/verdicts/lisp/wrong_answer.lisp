;;: claim = "Is one off."
;;: verdict = "WA"
;;: reason_contains = ["differs"]
(defvar *sum* (loop repeat (read) sum (read)))
(format t "~d~%" (1+ *sum*))
