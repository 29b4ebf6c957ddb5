"""Puts TLS before this machine's Docker socket, and lets in who shows a certificate of its CA. Standard library only.

    python scripts/tls_proxy.py DIRECTORY ADDRESS [PORT]

DIRECTORY holds ca.pem, server-cert.pem and server-key.pem (scripts/certs.sh); ADDRESS is where to listen: never on all
of them. Prints the port, a free one if none is given, and serves until it or the process that started it ends: a door
to the engine is not to be forgotten. The engine is that of DOCKER_HOST, which has to be a unix:// socket, or
/var/run/docker.sock.

For trying things on one machine (`make sam-local`); a Docker host of your own speaks TLS itself.
"""

import contextlib
import ipaddress
import os
import select
import socket
import ssl
import sys
import threading
from typing import Final

CHUNK: Final = 64 * 1024  # at least a TLS record (16 KiB): then none is left half-read where select can't see it
HANDSHAKE_TIMEOUT_S: Final = 10
LOOK_EVERY_S: Final = 1  # whether the parent still lives
_LATER: Final = (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError)


def carry(client: ssl.SSLSocket, engine: socket.socket) -> None:
    """Carry bytes both ways until the engine has ended its side, or either is gone.

    A client that ends its side (close_notify) still gets its answer: that is how `docker attach` ends a program's
    standard input. One thread for both directions, because OpenSSL allows no two in one connection.
    """
    client.setblocking(False)
    engine.setblocking(False)
    held = {client: b"", engine: b""}  # what is on its way to each
    ended = False  # the client's side
    while True:
        reading = [one for one, other in ((client, engine), (engine, client)) if not held[other]]
        if ended and client in reading:
            reading.remove(client)
        writing = [one for one in held if held[one]]
        readable, writable, _ = select.select(reading, writing, [])
        for source in readable:
            try:
                data = source.recv(CHUNK)
            except _LATER:
                continue
            if source is client:
                held[engine] = data
                if not data:
                    ended = True
                    engine.shutdown(socket.SHUT_WR)
            elif data:
                held[client] = data
            else:
                return
        for sink in writable:
            try:
                held[sink] = held[sink][sink.send(held[sink]) :]
            except _LATER:
                continue
            except OSError:
                if sink is client:
                    return
                held[engine], ended = b"", True  # it wants no more; what it has to say is still read


def serve(connection: socket.socket, context: ssl.SSLContext, path: str) -> None:
    """Serve one connection, from handshake to end."""
    # Whatever goes wrong here is this connection's end, and the client hears of it by that.
    with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
        stack.enter_context(connection)
        connection.settimeout(HANDSHAKE_TIMEOUT_S)
        client = stack.enter_context(context.wrap_socket(connection, server_side=True))
        engine = stack.enter_context(socket.socket(socket.AF_UNIX))
        engine.connect(path)
        carry(client, engine)
        client.settimeout(1)
        client.unwrap()


def main(directory: str, address: str, port: str = "0") -> None:
    """Listen until it is ended, or has become another process's child."""
    parent = os.getppid()
    scheme, _, path = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").partition("://")
    if scheme != "unix":
        sys.exit("tls_proxy: DOCKER_HOST is not a unix socket; an engine elsewhere has to speak TLS itself")
    if ipaddress.ip_address(address).is_unspecified:  # raises on "", which would be all of them, too
        sys.exit("tls_proxy: it listens on one address, not on all")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=f"{directory}/ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = ssl.TLSVersion.TLSv1_3  # no renegotiation: a read never has to wait for a write
    context.load_cert_chain(f"{directory}/server-cert.pem", f"{directory}/server-key.pem")
    with socket.create_server((address, int(port)), backlog=128) as listener:
        print(listener.getsockname()[1], flush=True)
        listener.settimeout(LOOK_EVERY_S)
        while os.getppid() == parent:
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            threading.Thread(target=serve, args=(connection, context, path), daemon=True).start()


if __name__ == "__main__":
    if len(sys.argv) not in {3, 4}:
        sys.exit(__doc__)
    with contextlib.suppress(KeyboardInterrupt):
        main(*sys.argv[1:])
