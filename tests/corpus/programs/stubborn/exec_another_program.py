#: claim = "A program that becomes another one is still the one that is waited for."
#: status = "RUNTIME_ERROR"
#: exit_code = 9
#: stdout = "another\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

os.execv(sys.executable, [sys.executable, "-c", "import sys; print('another'); sys.exit(9)"])
