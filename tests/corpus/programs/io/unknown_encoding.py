#: claim = "A source that declares an encoding that does not exist is a syntax error." # coding: klingon
#: status = "RUNTIME_ERROR"
#: exit_code = 1
#: stderr_contains = ["SyntaxError", "klingon"]
print("never")
