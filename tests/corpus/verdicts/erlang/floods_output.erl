%%: claim = "Prints for ever."
%%: verdict = "OLE"
%%: output_limit_kb = 64
%%: reason_contains = ["more than 65536 bytes to stdout"]
main(_) ->
    io:format("~1000c~n", [$x]),
    main([]).
