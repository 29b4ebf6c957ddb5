%: claim = "Recurses until memory is full."
%: verdict = "MLE"
%: memory_limit_kb = 98304
%: reason_contains = ["memory"]
:- initialization(main).

main :- deep(0, Depth), writeln(Depth).

deep(N, Depth) :- Next is N + 1, deep(Next, Below), Depth is Below + 1.
