;;: claim = "Counts and prints characters of several scripts."
;;: verdict = "AC"
;;: input = "Grüße 世界 🎉\n"
;;: output = "10 Grüße 世界 🎉\n"
(use-modules (ice-9 rdelim))
(define text (read-line))
(format #t "~a ~a~%" (string-length text) text)
