*>: claim = "Recurses a hundred thousand calls deep."
*>: verdict = "AC"
*>: memory_limit_kb = 262144
identification division.
program-id. solution.
data division.
working-storage section.
01 text-in pic x(80).
01 total pic s9(18) comp-5 value 0.
01 a pic 9(9).
01 b pic 9(9).
01 c pic 9(9).
01 depth pic s9(9) comp-5 value 100000.
01 shown pic -(17)9.
procedure division.
    accept text-in
    accept text-in
    unstring text-in delimited by space into a b c
    compute total = a + b + c
    call "deep" using depth
    compute shown = total
    display function trim(shown)
    stop run.
end program solution.

identification division.
program-id. deep recursive.
data division.
local-storage section.
01 n-less pic s9(9) comp-5.
linkage section.
01 n pic s9(9) comp-5.
procedure division using n.
    compute n-less = n - 1
    if n-less > 0
        call "deep" using n-less
    end-if
    goback.
end program deep.
