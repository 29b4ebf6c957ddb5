"""What `make serve` says of its address before the server does: `address.py HOST PORT`.

A port that is taken ends it with a line; an address that others reach is warned of. Between this look and the server's
own anybody may take the port: then it is the server that says so.
"""

import errno
import ipaddress
import socket
import sys
from typing import Final

PORT_MAX: Final = 65535


def main(host: str, port: str) -> None:
    """Looks at each address that the host's name has."""
    if not port.isdecimal() or int(port) > PORT_MAX:
        sys.exit(f"PORT={port} is no port: a number up to {PORT_MAX}")
    try:
        addresses = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)
    except OSError as error:
        sys.exit(f"HOST={host} is no address to listen on: {error.strerror}")
    for family, _, _, _, address in addresses:
        try:
            with socket.socket(family) as probe:
                # As the server does it: what a former server has left in TIME_WAIT is no hindrance.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        except OSError as error:  # whatever else is wrong with it the server says in a line
            if error.errno == errno.EADDRINUSE:
                sys.exit(f"port {port} is taken: make serve PORT=…")
    if not all(ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback for *_, address in addresses):
        sys.stderr.write(
            f"warning: {host} is reached by other machines, and whoever reaches it runs programs here: "
            "there is no authentication\n"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
