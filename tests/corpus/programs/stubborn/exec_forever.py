#: claim = "A program that becomes itself for ever is ended at the wall limit."
#: timeout = 1
#: status = "TIMEOUT"
#: reason = "wall_time_limit"
#: exit_code = 137
#: wall_ms_max = 2000
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

os.execv(sys.executable, [sys.executable, "main.py"])
