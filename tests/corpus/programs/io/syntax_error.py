#: claim = "A syntax error is the program's: exit 1, with the line on standard error."
#: status = "RUNTIME_ERROR"
#: exit_code = 1
#: stdout = ""
#: stderr_contains = ["SyntaxError", "main.py", "print('never'"]
print('never'
