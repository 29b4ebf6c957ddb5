#: claim = "The memory limit is for all processes together; a child killed for it, then a failing main, is memory_limit."
#: timeout = 5
#: status = "RUNTIME_ERROR"
#: reason = "memory_limit"
#: exit_code = 1
#: stdout = "a child was ended by signal 9\n"
# Each child is far below the limit: a limit for one process (RLIMIT_AS, ru_maxrss) would see nothing.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import time

for _ in range(40):
    if os.fork() == 0:
        block = b"\xff" * (8 << 20)
        time.sleep(60)
        os._exit(0)
_, status = os.wait()
print("a child was ended by signal", os.WTERMSIG(status))
sys.exit(1)
