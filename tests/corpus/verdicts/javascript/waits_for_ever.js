//: claim = "Blocks its only thread without computing."
//: verdict = "TLE"
//: time_limit_ms = 500
//: wall_time_limit_ms = 600
//: reason_contains = ["of wall time"]
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
