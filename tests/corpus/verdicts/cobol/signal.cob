*>: claim = "Aborts."
*>: verdict = "RTE"
*>: reason_contains = ["SIGABRT"]
identification division.
program-id. solution.
procedure division.
    call "abort"
    stop run.
