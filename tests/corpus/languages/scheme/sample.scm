(use-modules (srfi srfi-1))

(define n (read))
(define values-made
  (let loop ((at 0) (value 1) (made '()))
    (if (= at n)
        made
        (let ((next (modulo (* value 48271) 2147483647)))
          (loop (+ at 1) next (cons next made))))))
(define sorted (sort values-made <))
(define seen (make-hash-table))
(define counts (make-vector 1000 0))
(define checksum
  (let loop ((at 1) (left sorted) (sum 0))
    (if (null? left)
        sum
        (let ((value (car left)))
          (hashv-set! seen (modulo value 100000) #t)
          (let ((key (modulo value 1000)))
            (vector-set! counts key (+ 1 (vector-ref counts key))))
          (loop (+ at 1) (cdr left) (modulo (+ sum (* at value)) 1000000007))))))
(define mode
  (fold (lambda (key best) (if (> (vector-ref counts key) (vector-ref counts best)) key best)) 0 (iota 1000)))
(format #t "~a ~a ~a ~a~%" (hash-count (const #t) seen) checksum mode (vector-ref counts mode))
