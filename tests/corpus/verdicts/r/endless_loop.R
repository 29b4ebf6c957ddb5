#: claim = "Computes for ever."
#: verdict = "TLE"
#: time_limit_ms = 600
#: reason_contains = ["was stopped after", "of CPU time"]
n <- 0
while (TRUE) n <- n + 1
