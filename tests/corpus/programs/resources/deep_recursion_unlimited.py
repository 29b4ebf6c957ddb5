#: claim = "With Python's recursion limit raised, frames pile up on the heap until the memory limit."
#: timeout = 10
#: status = "RUNTIME_ERROR"
#: reason = "memory_limit"
#: exit_code = 137
# Since 3.11 a Python call takes no C stack, so this is no crash but a hoard.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

sys.setrecursionlimit(2**31 - 1)


def f(n):
    return f(n + 1)


f(0)
