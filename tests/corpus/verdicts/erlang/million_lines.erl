%%: claim = "Reads a million lines at once, within two seconds: line by line, each would be a message."
%%: verdict = "AC"
%%: time_limit_ms = 2000
%%: wall_time_limit_ms = 10000
%%: lines = 1000000
%%: memory_limit_kb = 524288
main(_) ->
    {ok, Text} = file:read_file("/dev/stdin"),
    [_ | Lines] = binary:split(Text, <<"\n">>, [global, trim]),
    io:format("~b~n", [lists:sum([binary_to_integer(Line) || Line <- Lines])]).
