%%: claim = "Counts and prints characters of several scripts."
%%: verdict = "AC"
%%: input = "Grüße 世界 🎉\n"
%%: output = "10 Grüße 世界 🎉\n"
main(_) ->
    io:setopts([{encoding, unicode}]),
    Text = string:trim(io:get_line("")),
    io:format("~b ~ts~n", [length(Text), Text]).
