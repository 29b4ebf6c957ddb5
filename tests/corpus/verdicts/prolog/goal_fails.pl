%: claim = "Its main goal fails, which is an error as well."
%: verdict = "RTE"
%: reason_contains = ["exit code"]
:- initialization(main, main).

main :- 1 =:= 2.
