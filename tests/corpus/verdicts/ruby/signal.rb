#: claim = "Ends by a signal."
#: verdict = "RTE"
#: reason_contains = ["SIGSEGV"]
Process.kill(:SEGV, Process.pid)
sleep 5
