%: claim = "Ends by a signal."
%: verdict = "RTE"
%: reason_contains = ["SIGKILL"]
:- initialization(main).

main :-
    current_prolog_flag(pid, Pid),
    format(atom(Command), "kill -KILL ~d", [Pid]),
    shell(Command),
    sleep(5).
