*>: claim = "Calls a program that does not exist."
*>: verdict = "RTE"
*>: reason_contains = ["exit code 1"]
identification division.
program-id. solution.
procedure division.
    call "no-such-program"
    stop run.
