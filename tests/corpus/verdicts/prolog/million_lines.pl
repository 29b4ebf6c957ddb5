%: claim = "Reads a million lines in the usual way, within four seconds."
%: verdict = "AC"
%: time_limit_ms = 4000
%: wall_time_limit_ms = 10000
%: lines = 1000000
:- initialization(main).

main :-
    read_line_to_string(user_input, _),
    total(0).

total(Sum) :-
    read_line_to_string(user_input, Line),
    (   Line == end_of_file
    ->  writeln(Sum)
    ;   number_string(Number, Line),
        Next is Sum + Number,
        total(Next)
    ).
