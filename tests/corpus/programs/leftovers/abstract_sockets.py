#: claim = "A daemon on an abstract socket, which no file shows, is gone for the next program."
#: status = "OK"
#: stdout = "clean\n"
#: wall_ms_max = 1500
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import signal
import socket

lines = [line.split() for line in open("/proc/net/unix").readlines()[1:]]
names = [line[7] for line in lines if len(line) > 7]  # unnamed ones have no eighth column
if names:
    sys.exit(f"BREACH: found {names}")
server = socket.socket(socket.AF_UNIX)
server.bind("\0zuko-word")
server.listen()
if os.fork() == 0:
    os.setsid()
    signal.pause()
print("clean")
