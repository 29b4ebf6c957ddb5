//: claim = "Sleeps for ever."
//: verdict = "TLE"
//: time_limit_ms = 350
//: wall_time_limit_ms = 400
//: reason_contains = ["of wall time"]
setTimeout(() => console.log(6), 3600000);
