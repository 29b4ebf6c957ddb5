;;: claim = "Recurses until memory is full."
;;: verdict = "MLE"
;;: memory_limit_kb = 98304
;;: reason_contains = ["memory"]
(defun deep (n) (1+ (deep (1+ n))))
(print (deep 0))
