"""A server of figures alone, for processes that serve no other HTTP."""

import logging
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self

from zuko.telemetry.metrics import CONTENT_TYPE, PATH

log = logging.getLogger(__name__)

TIMEOUT_S: Final = 5.0  # of a client that sends or reads nothing


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log a failure of ours as any other; a client that has left is none."""
        if not isinstance(sys.exception(), OSError):
            log.exception("figures could not be shown")


class Exposition:
    """Answers `GET /metrics` in threads of its own. A context manager.

    Args:
        host: address to listen on.
        port: to listen on; 0: any that is free.
        render: returns the figures; called from any thread.

    Raises:
        OSError: it cannot listen there.
    """

    def __init__(self, host: str, port: int, render: Callable[[], bytes]) -> None:
        class Handler(BaseHTTPRequestHandler):
            timeout = TIMEOUT_S

            def do_GET(self) -> None:
                found = self.path.partition("?")[0] == PATH
                body = render() if found else b"figures are at /metrics\n"
                self.send_response(200 if found else 404)
                self.send_header("content-type", CONTENT_TYPE)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Log nothing."""

        self._server = _Server((host, port), Handler)

    @property
    def port(self) -> int:
        """Return the port that it listens on."""
        return self._server.server_port

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, name="zuko-metrics", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
