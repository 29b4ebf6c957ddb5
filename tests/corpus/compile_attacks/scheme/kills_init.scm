;;: claim = "Code that the compiler runs sends SIGKILL to the first process, which does not even notice."
;;: status = "OK"
;;: stdout = "contained"
;; Macros and eval-when are programs that run while another one is compiled.
(eval-when (expand) (false-if-exception (kill 1 SIGKILL)))
(display "contained")
