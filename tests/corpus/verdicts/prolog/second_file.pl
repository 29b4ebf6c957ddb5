%: claim = "Calls a function of another file of the program."
%: verdict = "AC"
%: files = { "lib/total.pl" = ":- module(total, [total/2]).\n\ntotal(Line, Sum) :-\n    split_string(Line, \" \", \"\", Words),\n    maplist([Word, Number]>>number_string(Number, Word), Words, Numbers),\n    sum_list(Numbers, Sum).\n" }
:- initialization(main).

:- use_module("lib/total").

main :-
    read_line_to_string(user_input, _),
    read_line_to_string(user_input, Line),
    total(Line, Sum),
    writeln(Sum).
