#: claim = "CPU time of double-forked orphans that ended before the main program is counted."
#: timeout = 5
#: status = "OK"
#: cpu_ms_min = 400
#: cpu_ms_max = 800
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import time

reader, writer = os.pipe()
for _ in range(2):
    pid = os.fork()
    if pid == 0:
        if os.fork() == 0:
            os.setsid()
            while time.process_time() < 0.2:
                pass
        os._exit(0)
    os.waitpid(pid, 0)
os.close(writer)
os.read(reader, 1)  # end of file: both have ended
