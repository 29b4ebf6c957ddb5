#: claim = "Descriptors parked in a socket's queue do not get round the limit on open files."
#: status = "OK"
#: stdout = "contained: ETOOMANYREFS\n"
# unix(7): a descriptor in flight is counted for the *user*, across containers. Sandboxes of one uid would starve each other.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import errno
import socket

left, right = socket.socketpair()
left.setblocking(False)
batch = [os.open("/dev/null", os.O_RDONLY) for _ in range(50)]
try:
    for _ in range(1000):
        socket.send_fds(left, [b"x"], batch)
except OSError as refusal:
    print("contained:", errno.errorcode[refusal.errno])
else:
    sys.exit("BREACH: 50,000 descriptors are in flight")
