*>: claim = "Fills memory."
*>: verdict = "MLE"
*>: memory_limit_kb = 32768
*>: reason_contains = ["memory"]
identification division.
program-id. solution.
data division.
working-storage section.
01 chunk usage pointer.
procedure division.
    perform 1024 times
        allocate 1048576 characters initialized returning chunk
    end-perform
    display chunk
    stop run.
