;;: claim = "A macro that expands to itself, and to more, ends the compiler at a limit."
;;: status = "COMPILE_ERROR"
;;: reason = ["memory_limit", "cpu_time_limit"]
;; Both are true of a limit: it runs out of memory or of time, whichever comes first.
(define-syntax more
  (syntax-rules ()
    ((_ x ...) (more x ... x ...))))
(more 1)
