#: claim = "A source that begins with a byte order mark runs."
#: status = "OK"
#: stdout = "é\n"
print("é")
