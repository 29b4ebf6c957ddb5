#: claim = "IPv6 reaches no more than IPv4 does."
#: status = "OK"
#: stdout = "contained: world\ncontained: link\ncontained: loopback\n"
import os, sys; os.path.exists("/usr/local/sbin/zuko-init") or sys.exit(99)  # never outside a sandbox
import socket

for name, address in {"world": "2606:4700:4700::1111", "link": "fe80::1", "loopback": "::1"}.items():
    try:
        attempt = socket.socket(socket.AF_INET6)
        attempt.settimeout(1)
        attempt.connect((address, 80))
    except TimeoutError:
        sys.exit(f"BREACH: a packet to {name} went out")
    except OSError:
        print("contained:", name)
    else:
        sys.exit(f"BREACH: connected to {name}")
