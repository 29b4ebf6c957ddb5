#: claim = "A process of another session that holds all pipes and ignores signals does not keep the answer."
#: status = "RUNTIME_ERROR"
#: exit_code = 3
#: stdout = "main is done\n"
#: wall_ms_max = 1500
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import signal
import time

if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    while True:
        time.sleep(600)
print("main is done")
sys.exit(3)
