"""A relay between a client and the engine, which can break."""

import contextlib
import re
import socket
import tempfile
import threading


class UnixRelay:
    """A unix socket that leads to the engine's, counts what the engine is asked, and can be cut."""

    def __init__(self) -> None:
        self.directory = tempfile.TemporaryDirectory(prefix="zuko-relay-")
        self.path = f"{self.directory.name}/docker.sock"
        self.asked: list[str] = []
        self.hangs = False
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def __enter__(self) -> "UnixRelay":
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes who accepts, as closing it does not
        self._accepting.join()
        self._listener.close()
        self.cut()
        self.directory.cleanup()

    def cut(self) -> None:
        """Break every connection: the engine's side is closed, and our side notices only when something is sent."""
        pairs, self._pairs = self._pairs, []
        for ours, engines in pairs:
            for each in (engines, ours):
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                ours, _ = self._listener.accept()
                if self.hangs:
                    self._pairs.append((ours, ours))
                    continue
                engines = socket.socket(socket.AF_UNIX)
                engines.connect("/var/run/docker.sock")
                self._pairs.append((ours, engines))
                threading.Thread(target=self._carry, args=(ours, engines, True), daemon=True).start()
                threading.Thread(target=self._carry, args=(engines, ours, False), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, requests: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if requests and (asked := re.match(rb"(GET|POST|DELETE|HEAD) (\S+) HTTP/1.1\r\n", data)):
                    self.asked.append(f"{asked[1].decode()} {re.sub('[0-9a-f]{64}', 'ID', asked[2].decode())}")
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
