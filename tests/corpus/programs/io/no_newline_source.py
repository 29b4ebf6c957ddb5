#: claim = "A source whose last line has no newline runs to its end."
#: status = "OK"
#: stdout = "last line\n"
print("last line")