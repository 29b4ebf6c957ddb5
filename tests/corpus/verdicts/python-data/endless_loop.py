#: claim = "Computes for ever."
#: verdict = "TLE"
#: time_limit_ms = 200
#: reason_contains = ["was stopped after", "of CPU time"]
n = 0
while True:
    n += 1
