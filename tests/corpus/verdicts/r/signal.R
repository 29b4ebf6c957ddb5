#: claim = "Ends by a signal."
#: verdict = "RTE"
#: reason_contains = ["SIGKILL"]
tools::pskill(Sys.getpid(), tools::SIGKILL)
Sys.sleep(5)
