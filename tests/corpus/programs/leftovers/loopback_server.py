#: claim = "A daemon that listens on the loopback is gone for the next program."
#: status = "OK"
#: stdout = "clean\n"
#: wall_ms_max = 1500
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import signal
import socket

try:
    socket.create_connection(("127.0.0.1", 4242), timeout=1)
except ConnectionRefusedError:
    pass
else:
    sys.exit("BREACH: the last program's daemon answers")
server = socket.create_server(("127.0.0.1", 4242))
if os.fork() == 0:
    os.setsid()
    signal.pause()
print("clean")
