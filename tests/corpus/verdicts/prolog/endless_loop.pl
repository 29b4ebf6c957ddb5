%: claim = "Computes for ever."
%: verdict = "TLE"
%: time_limit_ms = 400
%: reason_contains = ["was stopped after", "of CPU time"]
:- initialization(main).

main :- repeat, fail.
