%%: claim = "Recurses 100,000 calls deep."
%%: verdict = "AC"
main(_) ->
    io:get_line(""),
    Sum = lists:sum([list_to_integer(Word) || Word <- string:lexemes(io:get_line(""), " \n")]),
    io:format("~b~n", [deep(100000) + Sum]).

deep(0) -> 0;
deep(N) -> deep(N - 1) * 2.
