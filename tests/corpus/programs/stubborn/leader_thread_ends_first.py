#: claim = "A process whose first thread has ended is a zombie to look at, and still runs: its end counts."
#: status = "RUNTIME_ERROR"
#: exit_code = 6
#: stdout = "still here\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import ctypes
import threading
import time


def rest():
    time.sleep(0.5)
    os.write(1, b"still here\n")
    os._exit(6)


threading.Thread(target=rest).start()
ctypes.CDLL(None).syscall({"x86_64": 60, "aarch64": 93}[os.uname().machine], 0)  # exit(2) of this thread alone
