;;: claim = "Recurses 100,000 calls deep."
;;: verdict = "AC"
(define (deep n) (if (zero? n) 0 (* 2 (deep (- n 1)))))
(define n (read))
(define sum (apply + (map (lambda (_) (read)) (iota n))))
(display (+ (deep 100000) sum))
(newline)
