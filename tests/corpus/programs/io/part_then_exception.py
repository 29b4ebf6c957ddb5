#: claim = "What was printed before an exception is kept."
#: status = "RUNTIME_ERROR"
#: exit_code = 1
#: stdout = "before\n"
#: stderr_contains = ["RuntimeError: no more"]
print("before")
raise RuntimeError("no more")
