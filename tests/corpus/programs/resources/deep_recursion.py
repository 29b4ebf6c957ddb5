#: claim = "A recursion without end is Python's own RecursionError: a plain exit 1."
#: status = "RUNTIME_ERROR"
#: exit_code = 1
#: stderr_contains = ["RecursionError", "main.py"]


def f(n):
    return f(n + 1)


f(0)
