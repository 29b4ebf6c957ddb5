#: claim = "An uncaught exception is a plain exit 1 with a traceback that names the submission's file and line."
#: status = "RUNTIME_ERROR"
#: exit_code = 1
#: stdout = "before\n"
#: stderr_contains = ["Traceback", "main.py", "line 9", "ZeroDivisionError"]
print("before")


1 / 0
