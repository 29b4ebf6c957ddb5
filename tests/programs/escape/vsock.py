#: claim = "No VM socket, which no network namespace bounds: it would reach the hypervisor beneath the host."
#: status = "OK"
#: stdout = "contained: stream\ncontained: datagram\ncontained: seqpacket\n"
# vsock(7). Docker's default profile has refused it since 20.10.? only in newer releases (moby#44562); isolate closed it in 2.5.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import socket

for name, kind in {"stream": socket.SOCK_STREAM, "datagram": socket.SOCK_DGRAM, "seqpacket": socket.SOCK_SEQPACKET}.items():
    try:
        attempt = socket.socket(40, kind)
    except OSError:
        print("contained:", name)
    else:
        sys.exit(f"BREACH: a VM socket: {attempt}")
