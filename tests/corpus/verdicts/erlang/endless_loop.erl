%%: claim = "Computes for ever."
%%: verdict = "TLE"
%%: time_limit_ms = 800
%%: reason_contains = ["was stopped after", "of CPU time"]
main(_) -> loop(0).

loop(N) -> loop(N + 1).
