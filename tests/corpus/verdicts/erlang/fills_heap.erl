%%: claim = "Fills memory."
%%: verdict = "MLE"
%%: memory_limit_kb = 131072
%%: reason_contains = ["memory"]
main(_) -> io:format("~b~n", [length(lists:seq(1, 100000000))]).
