;;: claim = "Ends by a signal."
;;: verdict = "RTE"
;;: reason_contains = ["SIGSEGV"]
(kill (getpid) SIGSEGV)
(sleep 5)
