#: claim = "The same of a program that is busy rather than asleep."
#: timeout = 1
#: status = "TIMEOUT"
#: reason = "wall_time_limit"
#: exit_code = 137
#: stdout = "before, not flushed\n"
#: stderr = ""
print("before, not flushed")
while True:
    pass
