#: claim = "A program that never reads its 5 MiB of input ends in its own time."
#: timeout = 5
#: input = "x"
#: input_repeat = 5242880
#: status = "OK"
#: stdout = "not interested\n"
print("not interested")
