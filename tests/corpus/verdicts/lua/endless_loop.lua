--: claim = "Computes for ever."
--: verdict = "TLE"
--: time_limit_ms = 250
--: reason_contains = ["was stopped after", "of CPU time"]
while true do end
