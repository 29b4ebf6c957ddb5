#: claim = "No address is reachable: not the host, not the metadata service, not the world, nothing on the loopback."
#: status = "OK"
#: stdout = "contained: docker bridge ENETUNREACH\ncontained: metadata ENETUNREACH\ncontained: world ENETUNREACH\ncontained: udp ENETUNREACH\ncontained: loopback ECONNREFUSED\n"
# CVE-2024-29021: from Judge0's sandbox an internal service could be reached, and that was the way out.
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import errno
import socket

for name, kind, address in (
    ("docker bridge", socket.SOCK_STREAM, ("172.17.0.1", 2375)),
    ("metadata", socket.SOCK_STREAM, ("169.254.169.254", 80)),
    ("world", socket.SOCK_STREAM, ("1.1.1.1", 443)),
    ("udp", socket.SOCK_DGRAM, ("8.8.8.8", 53)),
    ("loopback", socket.SOCK_STREAM, ("127.0.0.1", 8000)),
):
    attempt = socket.socket(socket.AF_INET, kind)
    attempt.settimeout(1)
    try:
        attempt.connect(address)
    except OSError as refusal:
        print("contained:", name, errno.errorcode.get(refusal.errno, refusal))
    else:
        sys.exit(f"BREACH: connected to {name}")
