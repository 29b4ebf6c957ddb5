*>: claim = "Passes Unicode through."
*>: verdict = "AC"
*>: input = "Žižka 🦀\n"
*>: output = "Hello, Žižka 🦀!\n"
identification division.
program-id. hello.
data division.
working-storage section.
01 name pic x(1000).
procedure division.
    accept name
    display "Hello, " function trim(name) "!"
    stop run.
