#: claim = "A source with CR LF line ends runs, and a line end inside a string is an LF to Python."
#: status = "OK"
#: stdout = "'a\\nb'\n"
print(repr("""a
b"""))
