%%: claim = "Sleeps for ever."
%%: verdict = "TLE"
%%: time_limit_ms = 1400
%%: wall_time_limit_ms = 1500
%%: reason_contains = ["of wall time"]
main(_) -> timer:sleep(3600000).
