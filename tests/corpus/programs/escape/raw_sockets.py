#: claim = "No raw or packet socket of any kind."
#: status = "OK"
#: stdout = "contained: raw EPERM\ncontained: raw6\ncontained: packet\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import errno
import socket

for name, arguments, tell in (
    ("raw", (socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP), True),
    ("raw6", (socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6), False),  # EAFNOSUPPORT where there is no IPv6
    ("packet", (socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)), False),
):
    try:
        attempt = socket.socket(*arguments)
    except OSError as refusal:
        print("contained:", name, *[errno.errorcode[refusal.errno]] * tell)
    else:
        sys.exit(f"BREACH: {attempt}")
