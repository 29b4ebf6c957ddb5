#: claim = "No VM socket, which no network namespace bounds: it would reach the hypervisor beneath the host."
#: status = "OK"
#: stdout = "contained: stream\ncontained: datagram\ncontained: seqpacket\n"
# vsock(7). Docker's default profile refuses it in newer releases only (moby#44562) and not through the 32-bit socketcall
# (moby#53551), so our filter has to; see foreign_architecture.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import socket

for name, kind in {"stream": socket.SOCK_STREAM, "datagram": socket.SOCK_DGRAM, "seqpacket": socket.SOCK_SEQPACKET}.items():
    try:
        attempt = socket.socket(40, kind)
    except OSError:
        print("contained:", name)
    else:
        sys.exit(f"BREACH: a VM socket: {attempt}")
