;;: claim = "Ends by a signal."
;;: verdict = "RTE"
;;: reason_contains = ["SIGKILL"]
(require :sb-posix)
(sb-posix:kill (sb-posix:getpid) sb-posix:sigkill)
(sleep 5)
