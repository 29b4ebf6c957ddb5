;;: claim = "Recurses 100,000 calls deep."
;;: verdict = "AC"
(defun deep (n) (if (zerop n) 0 (* 2 (deep (1- n)))))
(defvar *sum* (loop repeat (read) sum (read)))
(format t "~d~%" (+ (deep 100000) *sum*))
