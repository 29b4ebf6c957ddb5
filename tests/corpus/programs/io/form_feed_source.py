#: claim = "Form feeds, vertical tabs in strings and a Ctrl-Z at the end arrive as sent: the last is Python's to refuse."
#: status = "RUNTIME_ERROR"
#: exit_code = 1
#: stderr_contains = ["SyntaxError"]
print("")

