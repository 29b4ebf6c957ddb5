*>: claim = "Adds the numbers up."
*>: verdict = "AC"
identification division.
program-id. solution.
data division.
working-storage section.
01 text-in pic x(80).
01 total pic s9(18) comp-5 value 0.
01 a pic 9(9).
01 b pic 9(9).
01 c pic 9(9).
01 shown pic -(17)9.
procedure division.
    accept text-in
    accept text-in
    unstring text-in delimited by space into a b c
    compute total = a + b + c
    compute shown = total
    display function trim(shown)
    stop run.
