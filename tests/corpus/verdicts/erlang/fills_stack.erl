%%: claim = "Recurses until memory is full."
%%: verdict = "MLE"
%%: memory_limit_kb = 131072
%%: reason_contains = ["memory"]
main(_) -> io:format("~b~n", [deep(1000000000)]).

deep(0) -> 0;
deep(N) -> deep(N - 1) + 1.
