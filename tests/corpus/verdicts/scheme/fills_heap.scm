;;: claim = "Fills memory."
;;: verdict = "MLE"
;;: memory_limit_kb = 98304
;;: reason_contains = ["memory"]
(define blocks (map (lambda (i) (make-string 1000000 #\x)) (iota 1024)))
(display (length blocks))
