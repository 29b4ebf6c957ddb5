#: claim = "CPU time from before an exec is kept."
#: timeout = 5
#: status = "OK"
#: stdout = "after\n"
#: cpu_ms_min = 400
#: cpu_ms_max = 800
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import time

while time.process_time() < 0.2:
    pass
again = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass\nprint('after')"
os.execv(sys.executable, [sys.executable, "-c", again])
