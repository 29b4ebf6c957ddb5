%: claim = "Fills memory."
%: verdict = "MLE"
%: memory_limit_kb = 98304
%: reason_contains = ["memory"]
:- initialization(main).

main :-
    numlist(1, 100000000, Numbers),
    sum_list(Numbers, Sum),
    writeln(Sum).
