#: claim = "A process that forks itself away faster than anyone can name it is gone with the rest."
#: status = "OK"
#: stdout = "main is done\n"
#: wall_ms_max = 1500
# Each lives for one fork: whoever kills by number is always one too late.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

print("main is done", flush=True)
if os.fork() == 0:
    while True:
        if os.fork():
            os._exit(0)
