;;: claim = "Code that the compiler runs prints without end, of which only the beginning is kept."
;;: status = "COMPILE_ERROR"
;;: reason = "output_limit"
;;: compile_output_bytes_max = 131072
(eval-when (expand) (let loop () (display (make-string 1000 #\x)) (loop)))
