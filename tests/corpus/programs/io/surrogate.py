#: claim = "A lone surrogate is Python's own error."
#: status = "RUNTIME_ERROR"
#: exit_code = 1
#: stderr_contains = ["UnicodeEncodeError"]
print("\ud800")
