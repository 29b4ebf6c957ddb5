#: claim = "Socket families that no program here needs (crypto, CAN, Bluetooth, XDP, TIPC ...) are not there to attack."
#: status = "OK"
#: stdout = "contained: 13 families\n"
# Opening one loads its kernel module for any user; most local root holes of the last years began there
# (AF_PACKET CVE-2017-7308, AF_TIPC CVE-2021-43267, AF_VSOCK CVE-2021-26708, AF_ALG CVE-2026-31431).
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import socket

FAMILIES = {
    "ax25": 3, "x25": 9, "key": 15, "packet": 17, "rds": 21, "can": 29, "tipc": 30, "bluetooth": 31, "alg": 38, "vsock": 40,
    "kcm": 41, "smc": 43, "xdp": 44,
}
for name, family in FAMILIES.items():
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        try:
            socket.socket(family, kind)
        except OSError:
            continue
        sys.exit(f"BREACH: a socket of {name}")
print("contained:", len(FAMILIES), "families")
