#: claim = "abort() is signal 6, exit code 134."
#: status = "RUNTIME_ERROR"
#: reason = "signal"
#: exit_code = 134
# As PID 1 of a container the same program reads 139: abort() falls through to a deliberate fault there.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

os.abort()
