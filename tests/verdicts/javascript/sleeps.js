//: claim = "Sleeps for ever."
//: verdict = "TLE"
//: time_limit_ms = 500
//: wall_time_limit_ms = 600
//: reason_contains = ["of wall time"]
setTimeout(() => console.log(6), 3600000);
