%%: claim = "Does not catch an exception."
%%: verdict = "RTE"
%%: reason_contains = ["exit code 127"]
main(_) ->
    io:get_line(""),
    Sum = lists:sum([list_to_integer(Word) || Word <- string:lexemes(io:get_line(""), " \n")]),
    io:format("~b~n", [Sum div (Sum - 6)]).
