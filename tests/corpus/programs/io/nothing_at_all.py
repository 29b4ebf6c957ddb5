#: claim = "A source without a statement is a program, and prints nothing."
#: status = "OK"
#: stdout = ""
#: stderr = ""
