"""Two sandboxes without an engine, for programs that talk: real zuko-inits over sockets, with and without TLS."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from tests.harness.supervisor import PROBE, Supervisor
from zuko.engine.engine import Engine
from zuko.languages.table import PYTHON
from zuko.sandbox.sandbox import Sandbox
from zuko.sandbox.stream import Stream
from zuko.settings import Settings
from zuko.types import Limits, Run

MIB = 1 << 20
SPEC = Settings().sandbox(PYTHON)

Sandboxes = tuple[Sandbox, Sandbox]
INITS: dict[Sandbox, Supervisor] = {}


def relay(init: Supervisor, far: socket.socket) -> list[threading.Thread]:
    """Relay like the engine: bytes to standard input unchanged, those of standard output in chunks with a header."""

    def inwards() -> None:
        with contextlib.suppress(OSError):
            while data := far.recv(1 << 16):
                init.send(data)
        init.hang_up()

    def outwards() -> None:
        with contextlib.suppress(OSError):
            while data := init.take():
                far.sendall(struct.pack(">BxxxI", 1, len(data)) + data)
        with contextlib.suppress(OSError):
            far.shutdown(socket.SHUT_WR)

    threads = [threading.Thread(target=inwards), threading.Thread(target=outwards)]
    for thread in threads:
        thread.start()
    return threads


class Context:
    """Both ends of a connection: a pair of sockets, or TLS over it."""

    def __init__(self, certificate: Path | None) -> None:
        self.certificate = certificate

    def connect(self) -> tuple[socket.socket, socket.socket]:
        near, far = socket.socketpair()
        if self.certificate is None:
            return near, far
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(self.certificate)
        client = ssl.create_default_context(cafile=str(self.certificate))
        client.check_hostname = False
        wrapped: list[socket.socket] = []
        thread = threading.Thread(target=lambda: wrapped.append(server.wrap_socket(far, server_side=True)))
        thread.start()
        secured = client.wrap_socket(near)
        thread.join()
        return secured, wrapped[0]


@contextlib.contextmanager
def sandbox(context: Context, *, boxes: bool = False, beside: Sandbox | None = None) -> Iterator[Sandbox]:
    """Return a sandbox whose container is namespaces of the test, and its network one of its own or another's."""
    with Supervisor(binary="zuko-init", boxes=boxes, beside=None if beside is None else INITS[beside]) as init:
        near, far = context.connect()
        threads = relay(init, far)
        spec = SPEC if beside is None else replace(SPEC, beside=beside.container_id)
        made = Sandbox(cast(Engine, None), str(init.process.pid), Stream(near), spec, None)
        INITS[made] = init
        try:
            yield made
        finally:
            del INITS[made]
            made.close()
            for thread in threads:
                thread.join()
            far.close()


@contextlib.contextmanager
def linked() -> Iterator[Sandboxes]:
    with sandbox(Context(None), boxes=True) as left, sandbox(Context(None), boxes=True, beside=left) as right:
        assert left.link(right)
        yield left, right


def talker(*argv: str, wall_ms: int = 20_000, stdout: int = 64 * MIB, **rest: Any) -> Run:
    words = argv if "/" in argv[0] or "keep" in rest else (PROBE, *argv)
    return Run(words, Limits(wall_ms, None, stdout), interactive=True, **rest)


def shell(script: str, **rest: Any) -> Run:
    return talker("/bin/sh", "-c", script, **rest)


GUESS = """
low=1; high=1000
while [ $low -le $high ]; do
    echo $(((low + high) / 2)); read -r answer
    case $answer in
        low) low=$(((low + high) / 2 + 1));;
        high) high=$(((low + high) / 2 - 1));;
        *) exit 0;;
    esac
done
exit 1
"""
ANSWER = """
number=$1
while read -r guess; do
    if [ $guess -lt 731 ]; then echo low; elif [ $guess -gt 731 ]; then echo high; else echo right; exit 42; fi
done
exit 43
"""
