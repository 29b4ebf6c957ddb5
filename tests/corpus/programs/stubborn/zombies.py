#: claim = "Forty zombies do not get in the way."
#: status = "OK"
#: stdout = "main is done\n"
#: wall_ms_max = 1500
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

for _ in range(40):
    if os.fork() == 0:
        os._exit(0)
print("main is done")
