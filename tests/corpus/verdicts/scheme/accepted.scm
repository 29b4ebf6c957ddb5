;;: claim = "Adds the numbers up."
;;: verdict = "AC"
(define n (read))
(define sum (apply + (map (lambda (_) (read)) (iota n))))
(display sum)
(newline)
