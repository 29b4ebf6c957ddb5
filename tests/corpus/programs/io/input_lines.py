#: claim = "input() reads line by line, a last line without a newline too."
#: input = "first\nsecond"
#: status = "OK"
#: stdout = "prompt> ['first', 'second']\n"
print([input("prompt> "), input()])
