#: claim = "input() beyond the end is an EOFError: a plain exit 1, not a wait for more."
#: input = "one line\n"
#: status = "RUNTIME_ERROR"
#: exit_code = 1
#: stdout = "one line\n"
#: stderr_contains = ["EOFError"]
#: wall_ms_max = 1500
print(input())
print(input())
