%%: claim = "Ends by a signal."
%%: verdict = "RTE"
%%: reason_contains = ["SIGKILL"]
main(_) ->
    os:cmd("kill -KILL " ++ os:getpid()),
    timer:sleep(5000).
