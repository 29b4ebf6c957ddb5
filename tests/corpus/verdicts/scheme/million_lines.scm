;;: claim = "Reads a million lines in the usual way, within two seconds."
;;: verdict = "AC"
;;: time_limit_ms = 2000
;;: wall_time_limit_ms = 10000
;;: lines = 1000000
(use-modules (ice-9 rdelim))
(read-line)
(let loop ((sum 0))
  (let ((line (read-line)))
    (if (eof-object? line)
        (begin (display sum) (newline))
        (loop (+ sum (string->number line))))))
