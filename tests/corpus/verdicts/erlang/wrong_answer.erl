%%: claim = "Is one off."
%%: verdict = "WA"
%%: reason_contains = ["differs"]
main(_) ->
    io:get_line(""),
    Sum = lists:sum([list_to_integer(Word) || Word <- string:lexemes(io:get_line(""), " \n")]),
    io:format("~b~n", [Sum + 1]).
