"""Exit with 0 if an HTTP server answers 200: the health check of a container.

python3 -I -S alive.py PORT|SOCKET PATH
"""

import socket
import sys

where, path = sys.argv[1:]
family, address = (socket.AF_INET, ("127.0.0.1", int(where))) if where.isdigit() else (socket.AF_UNIX, where)
with socket.socket(family) as server:
    server.settimeout(5)
    server.connect(address)
    server.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    sys.exit(b" 200 " not in server.recv(4096).partition(b"\r\n")[0])
