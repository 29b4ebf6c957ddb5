*>: claim = "Reads a million lines in the usual way, within two seconds."
*>: verdict = "AC"
*>: time_limit_ms = 2000
*>: wall_time_limit_ms = 10000
*>: lines = 1000000
identification division.
program-id. solution.
data division.
working-storage section.
01 text-in pic x(80).
01 n pic 9(9) comp-5.
01 total pic s9(18) comp-5 value 0.
01 shown pic -(17)9.
procedure division.
    accept text-in
    compute n = function numval(text-in)
    perform until n = 0
        accept text-in
        compute total = total + function numval(text-in)
        subtract 1 from n
    end-perform
    compute shown = total
    display function trim(shown)
    stop run.
