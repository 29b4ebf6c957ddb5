#: claim = "Output without a newline at its end is not given one."
#: status = "OK"
#: stdout = "abc"
print("abc", end="")
