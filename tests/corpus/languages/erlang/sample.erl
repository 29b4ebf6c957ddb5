main(_) ->
    {ok, [N]} = io:fread("", "~d"),
    Values = lists:sort(made(N, 1, [])),
    {Checksum, _} = lists:foldl(
        fun(Value, {Sum, At}) -> {(Sum + At * Value) rem 1000000007, At + 1} end, {0, 1}, Values),
    Distinct = length(lists:usort([Value rem 100000 || Value <- Values])),
    Counts = lists:foldl(
        fun(Value, Map) -> maps:update_with(Value rem 1000, fun(Count) -> Count + 1 end, 1, Map) end, #{}, Values),
    {Times, Mode} = lists:max([{Count, -Key} || {Key, Count} <- maps:to_list(Counts)]),
    io:format("~b ~b ~b ~b~n", [Distinct, Checksum, -Mode, Times]).

made(0, _, Values) -> Values;
made(N, Value, Values) ->
    Next = Value * 48271 rem 2147483647,
    made(N - 1, Next, [Next | Values]).
