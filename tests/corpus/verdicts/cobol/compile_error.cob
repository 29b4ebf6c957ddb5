*>: claim = "Is not a program."
*>: verdict = "CE"
*>: compile_output_contains = ["'undeclared' is not defined"]
identification division.
program-id. solution.
procedure division.
    display undeclared
    stop run.
