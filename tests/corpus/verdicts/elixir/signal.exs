#: claim = "Ends by a signal."
#: verdict = "RTE"
#: reason_contains = ["SIGKILL"]
System.shell("kill -KILL #{System.pid()}")
Process.sleep(5000)
