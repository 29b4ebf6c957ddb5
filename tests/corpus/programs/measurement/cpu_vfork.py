#: claim = "CPU time of a program that was started by vfork is counted."
#: timeout = 5
#: status = "OK"
#: cpu_ms_min = 300
#: cpu_ms_max = 700
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

burn = "import time\nwhile time.process_time() < 0.3: pass"
os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-c", burn], os.environ), 0)
