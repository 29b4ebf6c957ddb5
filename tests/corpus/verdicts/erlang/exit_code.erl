%%: claim = "Prints the right answer, and ends with an exit code that is not 0."
%%: verdict = "RTE"
%%: reason_contains = ["exit code 3"]
main(_) ->
    io:get_line(""),
    Sum = lists:sum([list_to_integer(Word) || Word <- string:lexemes(io:get_line(""), " \n")]),
    io:format("~b~n", [Sum]),
    halt(3).
