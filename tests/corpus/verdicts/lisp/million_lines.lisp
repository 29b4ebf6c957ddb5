;;: claim = "Reads a million lines in the usual way, within two seconds."
;;: verdict = "AC"
;;: time_limit_ms = 2000
;;: wall_time_limit_ms = 10000
;;: lines = 1000000
(read-line)
(defun total ()
  (loop for line = (read-line *standard-input* nil)
        while line
        sum (parse-integer line)))
(format t "~d~%" (total))
