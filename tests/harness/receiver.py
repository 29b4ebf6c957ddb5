"""A receiver of webhooks on loopback, which does what a test says."""

import json
import ssl
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from standardwebhooks import Webhook

HANG = 0  # instead of a status: no response
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # of senders


@dataclass(frozen=True)
class Received:
    """A request that came."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    def verified(self, secret: str) -> Any:
        """Return the body, checked by the library of Standard Webhooks."""
        return Webhook(secret).verify(self.body, self.headers)


class Receiver:
    """A server that answers each request with the next status, and with the last one from then on.

    Args:
        statuses: of the responses; HANG: none comes.
        tls: certificate and key; None: without TLS.
        delay_s: before each response.
    """

    def __init__(self, *statuses: int, tls: tuple[str, str] | None = None, delay_s: float = 0.0) -> None:
        self.received: list[Received] = []
        self._delay_s = delay_s
        self._statuses = list(statuses)
        self._ended = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver._serve(self)

            def do_PUT(self) -> None:
                receiver._serve(self)

            def do_GET(self) -> None:
                receiver._serve(self)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._scheme = "http"
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"

    def url(self, host: str = "127.0.0.1", path: str = "/hook?a=b") -> str:
        """Return its URL, by an address or a name."""
        return f"{self._scheme}://{host}:{self._server.server_port}{path}"

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("content-length", 0))
        body = handler.rfile.read(length)
        if len(body) < length:  # the sender was killed
            return
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.received.append(Received(handler.path, headers, body))
        status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
        if status == HANG:
            self._ended.wait(60)
            return
        time.sleep(self._delay_s)
        handler.send_response(status)
        if 300 <= status < 400:
            handler.send_header("location", self.url(path="/elsewhere"))
        handler.send_header("content-length", "0")
        handler.end_headers()

    def types(self) -> list[str]:
        """Return the types of what came."""
        return [json.loads(each.body)["type"] for each in self.received]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
