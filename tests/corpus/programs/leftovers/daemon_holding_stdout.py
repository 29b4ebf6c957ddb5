#: claim = "A background process that holds standard output open delays the answer by nothing and is gone afterwards."
#: status = "OK"
#: stdout = "main is done\n"
#: wall_ms_max = 1500
# Who reads until end of file waits for the last holder of the pipe.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import time

if os.fork() == 0:
    time.sleep(600)
print("main is done")
