#: claim = "Ends by a signal."
#: verdict = "RTE"
#: reason_contains = ["SIGSEGV"]
exec sh -c "kill -SEGV [pid]"
after 5000
