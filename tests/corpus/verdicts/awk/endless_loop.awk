#: claim = "Computes for ever."
#: verdict = "TLE"
#: time_limit_ms = 250
#: reason_contains = ["was stopped after", "of CPU time"]
BEGIN { while (1) n++ }
