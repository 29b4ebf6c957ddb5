;;: claim = "Prints the right answer, and ends with an exit code that is not 0."
;;: verdict = "RTE"
;;: reason_contains = ["exit code 3"]
(define n (read))
(define sum (apply + (map (lambda (_) (read)) (iota n))))
(display sum)
(newline)
(exit 3)
