%: claim = "Recurses 100,000 calls deep."
%: verdict = "AC"
:- initialization(main).

main :-
    read_line_to_string(user_input, _),
    read_line_to_string(user_input, Line),
    split_string(Line, " ", "", Words),
    maplist([Word, Number]>>number_string(Number, Word), Words, Numbers),
    sum_list(Numbers, Sum),
    deep(100000, Nothing),
    Total is Sum + Nothing,
    writeln(Total).

deep(0, 0) :- !.
deep(N, Twice) :- Less is N - 1, deep(Less, Once), Twice is Once * 2.
