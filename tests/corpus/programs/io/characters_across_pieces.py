#: claim = "300,000 bytes of two-byte characters at odd offsets: none is broken where pieces of the stream meet."
#: status = "OK"
#: stdout_bytes = 300001
#: stdout_excludes = ["\ufffd"]
print("x" + "é" * 150_000, end="")
