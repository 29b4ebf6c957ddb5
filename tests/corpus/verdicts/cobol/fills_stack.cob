*>: claim = "Recurses until memory is full."
*>: verdict = "MLE"
*>: memory_limit_kb = 32768
*>: reason_contains = ["memory"]
identification division.
program-id. solution.
data division.
working-storage section.
01 n pic s9(9) comp-5 value 100000000.
procedure division.
    call "deep" using n
    stop run.
end program solution.

identification division.
program-id. deep recursive.
data division.
local-storage section.
01 n-less pic s9(9) comp-5.
01 rubble pic x(4000).
linkage section.
01 n pic s9(9) comp-5.
procedure division using n.
    compute n-less = n - 1
    if n-less > 0
        call "deep" using n-less
    end-if
    goback.
end program deep.
