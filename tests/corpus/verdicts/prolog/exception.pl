%: claim = "Does not catch an exception."
%: verdict = "RTE"
%: reason_contains = ["exit code"]
:- initialization(main).

main :- X is foo + 1, writeln(X).
