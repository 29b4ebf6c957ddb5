--: claim = "Ends by a signal."
--: verdict = "RTE"
--: reason_contains = ["SIGSEGV"]
.shell kill -SEGV $PPID
.shell sleep 5
