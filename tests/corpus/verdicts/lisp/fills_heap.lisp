;;: claim = "Fills memory."
;;: verdict = "MLE"
;;: memory_limit_kb = 98304
;;: reason_contains = ["memory"]
(defvar *blocks* (loop repeat 1024 collect (make-array 1000000 :element-type '(unsigned-byte 8) :initial-element 1)))
(print (length *blocks*))
