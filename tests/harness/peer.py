"""A server that stands for a service: it records its requests, and answers as a test says."""

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Peer:
    """A server that records its requests; it has some answers, one after the other, then one for all."""

    url: str = ""
    status_code: int = 200
    content: bytes = b"{}"
    # Statuses with JSON, or with bytes, which are events; 0: the connection is closed without an answer.
    first: list[tuple[int, object]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


@contextlib.contextmanager
def peer_at_work() -> Iterator[Peer]:
    """Yield a server that is at work meanwhile."""
    peer = Peer()

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            named = {name.lower(): value for name, value in self.headers.items()}
            peer.seen.append((self.command, self.path, named, body))
            status_code, content, named_here = peer.status_code, peer.content, peer.headers
            if peer.first:
                status_code, sent = peer.first.pop(0)
                content = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
                if status_code == 0:
                    self.close_connection = True
                    return
                if isinstance(sent, bytes):
                    named_here = {**peer.headers, "content-type": "text/event-stream"}
            self.send_response(status_code)
            for name, value in named_here.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing."""

    for method in ("GET", "POST", "PUT", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.answer)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        peer.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield peer
        server.shutdown()
        thread.join()
