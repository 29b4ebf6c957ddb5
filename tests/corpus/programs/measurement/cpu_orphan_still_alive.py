#: claim = "CPU time of a daemon that is still running when the main program ends is counted up to then."
#: timeout = 5
#: status = "OK"
#: cpu_ms_min = 300
#: cpu_ms_max = 700
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import signal
import time

reader, writer = os.pipe()
if os.fork() == 0:
    os.setsid()
    while time.process_time() < 0.3:
        pass
    os.write(writer, b"x")
    signal.pause()
os.read(reader, 1)
