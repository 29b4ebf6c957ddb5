%: claim = "Prints the right answer, and ends with an exit code that is not 0."
%: verdict = "RTE"
%: reason_contains = ["exit code 3"]
:- initialization(main).

main :-
    read_line_to_string(user_input, _),
    read_line_to_string(user_input, Line),
    split_string(Line, " ", "", Words),
    maplist([Word, Number]>>number_string(Number, Word), Words, Numbers),
    sum_list(Numbers, Sum),
    writeln(Sum),
    halt(3).
