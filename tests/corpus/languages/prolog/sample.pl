:- initialization(main).

main :-
    read_line_to_string(user_input, Line),
    number_string(N, Line),
    made(N, 1, Values),
    msort(Values, Sorted),
    checksum(Sorted, 1, 0, Checksum),
    maplist([Value, Part]>>(Part is Value mod 100000), Values, Parts),
    sort(Parts, Distinct),
    length(Distinct, Count),
    maplist([Value, Part]>>(Part is Value mod 1000), Values, Keys),
    msort(Keys, Ordered),
    clumped_pairs(Ordered, Pairs),
    best(Pairs, Mode-Times),
    format("~d ~d ~d ~d~n", [Count, Checksum, Mode, Times]).

made(0, _, []) :- !.
made(N, Value, [Next | Rest]) :-
    Next is Value * 48271 mod 2147483647,
    Left is N - 1,
    made(Left, Next, Rest).

checksum([], _, Sum, Sum).
checksum([Value | Rest], At, Sum, Checksum) :-
    Next is (Sum + At * Value) mod 1000000007,
    Following is At + 1,
    checksum(Rest, Following, Next, Checksum).

clumped_pairs(Keys, Pairs) :-
    findall(Key-1, member(Key, Keys), Ones),
    clumped(Ones, Pairs).

clumped([], []).
clumped([Key-_ | Rest], [Key-Count | Pairs]) :-
    run(Rest, Key, 1, Count, Left),
    clumped(Left, Pairs).

run([Key-_ | Rest], Key, Sum, Count, Left) :-
    !,
    More is Sum + 1,
    run(Rest, Key, More, Count, Left).
run(Left, _, Count, Count, Left).

best([Pair | Pairs], Best) :- foldl(better, Pairs, Pair, Best).

better(Key-Count, _-Most, Key-Count) :- Count > Most, !.
better(_, Best, Best).
