#: claim = "A program that exits while its threads are printing ends with its own code."
#: status = "RUNTIME_ERROR"
#: exit_code = 4
#: stdout_contains = ["x"]
#: stdout_truncated = false
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import threading
import time


def write():
    for _ in range(50_000):
        os.write(1, b"x")
        time.sleep(0.0005)


for _ in range(8):
    threading.Thread(target=write, daemon=True).start()
time.sleep(0.1)
os._exit(4)
