#: claim = "CPU time of threads is counted, also of those that ended long ago."
#: timeout = 5
#: status = "OK"
#: cpu_ms_min = 400
#: cpu_ms_max = 800
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import hashlib
import threading
import time

block = bytes(1 << 20)


def spin():
    while time.thread_time() < 0.1:
        hashlib.sha256(block)


threads = [threading.Thread(target=spin) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
