#: claim = "Threads that compute without the interpreter lock together get no more than one core."
#: timeout = 2
#: status = "TIMEOUT"
#: reason = "wall_time_limit"
#: exit_code = 137
#: cpu_ms_min = 800
#: cpu_ms_max = 2600
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import hashlib
import threading

block = bytes(8 << 20)  # hashlib lets go of the lock for blocks of this size


def spin():
    while True:
        hashlib.sha256(block)


for _ in range(8):
    threading.Thread(target=spin, daemon=True).start()
threading.Event().wait()
