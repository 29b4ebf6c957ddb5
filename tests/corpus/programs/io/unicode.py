#: claim = "Input, source and output are UTF-8 in any script."
#: input = "héllo 世界 🐍 עברית\n"
#: status = "OK"
#: stdout = "תירבע 🐍 界世 olléh naïve\n"
übung = "naïve"
print(input()[::-1], übung)
