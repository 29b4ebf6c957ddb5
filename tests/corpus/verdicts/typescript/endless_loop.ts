//: claim = "Computes for ever."
//: verdict = "TLE"
//: time_limit_ms = 300
//: reason_contains = ["was stopped after", "of CPU time"]
for (let n = 0; ; n++) {}
