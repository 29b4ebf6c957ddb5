%: claim = "Prints for ever."
%: verdict = "OLE"
%: output_limit_kb = 64
%: reason_contains = ["more than 65536 bytes to stdout"]
:- initialization(main).

main :- repeat, format("~`xt~1000|~n"), fail.
