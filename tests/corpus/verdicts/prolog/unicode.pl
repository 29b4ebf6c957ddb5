%: claim = "Counts and prints characters of several scripts."
%: verdict = "AC"
%: input = "Grüße 世界 🎉\n"
%: output = "10 Grüße 世界 🎉\n"
:- initialization(main).

main :-
    read_line_to_string(user_input, Text),
    string_length(Text, Length),
    format("~d ~s~n", [Length, Text]).
