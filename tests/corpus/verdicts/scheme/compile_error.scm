;;: claim = "Is not a program."
;;: verdict = "CE"
;;: compile_output_contains = ["main.scm"]
(display "no end"
