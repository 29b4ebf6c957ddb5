;;: claim = "Is one off."
;;: verdict = "WA"
;;: reason_contains = ["differs"]
(define n (read))
(define sum (apply + (map (lambda (_) (read)) (iota n))))
(display (+ sum 1))
(newline)
