#: claim = "No name is resolved, and the failure comes at once."
#: status = "OK"
#: stdout = "contained\n"
#: wall_ms_max = 1500
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import socket

try:
    found = socket.getaddrinfo("example.com", 80)
except OSError:
    print("contained")
else:
    sys.exit(f"BREACH: {found}")
