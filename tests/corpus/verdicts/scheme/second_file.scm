;;: claim = "Calls a function of another file of the program."
;;: verdict = "AC"
;;: files = { "lib/total.scm" = "(define (total numbers) (apply + numbers))\n" }
(include "lib/total.scm")
(define n (read))
(display (total (map (lambda (_) (read)) (iota n))))
(newline)
