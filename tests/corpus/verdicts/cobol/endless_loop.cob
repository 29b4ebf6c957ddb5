*>: claim = "Computes for ever."
*>: verdict = "TLE"
*>: time_limit_ms = 200
*>: reason_contains = ["was stopped after", "of CPU time"]
identification division.
program-id. solution.
data division.
working-storage section.
01 n pic 9(9) comp-5 value 0.
procedure division.
    perform until n = 9
        compute n = function mod(n + 1, 5)
    end-perform
    stop run.
