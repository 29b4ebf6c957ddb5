;;: claim = "Code that the compiler runs writes into the image, and it cannot."
;;: status = "COMPILE_ERROR"
;;: reason = "compile_failed"
;;: compile_output_contains = ["Read-only file system"]
(eval-when (expand) (call-with-output-file "/usr/lib/x" (lambda (port) (display "BREACH" port))))
(display "BREACH")
