#: claim = "A program sees PID 1 and its own process, and no process of the host or of a neighbour."
#: status = "OK"
#: stdout = "contained\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox

others = {int(name) for name in os.listdir("/proc") if name.isdigit()} - {1, os.getpid()}
if others:
    sys.exit(f"BREACH: sees {others}")
print("contained")
