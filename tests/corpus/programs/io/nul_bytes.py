#: claim = "NULs in the output arrive as NULs."
#: status = "OK"
#: stdout = "a\u0000b\u0000\u0000"
print("a\0b\0\0", end="")
