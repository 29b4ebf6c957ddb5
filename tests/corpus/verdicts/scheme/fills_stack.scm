;;: claim = "Recurses until memory is full."
;;: verdict = "MLE"
;;: memory_limit_kb = 98304
;;: reason_contains = ["memory"]
(define (deep n) (+ 1 (deep (+ n 1))))
(display (deep 0))
