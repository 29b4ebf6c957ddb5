;;: claim = "Calls a function of another file of the program."
;;: verdict = "AC"
;;: files = { "lib/total.lisp" = "(defun total (line)\n  (with-input-from-string (numbers line)\n    (loop for number = (read numbers nil)\n          while number\n          sum number)))\n" }
(load "lib/total.lisp")
(read-line)
(format t "~d~%" (total (read-line)))
