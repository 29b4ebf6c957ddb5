%%: claim = "Calls a function of another file of the program."
%%: verdict = "AC"
%%: files = { "lib/total.hrl" = "total(Line) -> lists:sum([list_to_integer(Word) || Word <- string:lexemes(Line, \" \\n\")]).\n" }
-include("lib/total.hrl").

main(_) ->
    io:get_line(""),
    io:format("~b~n", [total(io:get_line(""))]).
