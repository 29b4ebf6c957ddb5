#: claim = "Tabs that disagree with spaces are Python's TabError: the source arrives with its white space untouched."
#: status = "RUNTIME_ERROR"
#: exit_code = 1
#: stderr_contains = ["TabError"]
if True:
	print("a tab")
        print("eight spaces")
