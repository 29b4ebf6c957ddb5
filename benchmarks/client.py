"""A very cheap client, as it shares the cores with what it measures: one socket, requests prepared as bytes."""

import http.client
import json
import socket
import time
from dataclasses import dataclass
from typing import Any, Final, Self

_STALE_S: Final = 2.0  # uvicorn closes a connection that was idle for 5 s


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, and how long it took, ms."""

    status: int
    body: bytes
    elapsed_ms: float

    def json(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.body)
        return told


class Client:
    """One keep-alive connection to a server on loopback."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._used_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def send(self, request: bytes) -> Answer:
        """Send the bytes of a request. An old connection is replaced before the clock starts."""
        if self._socket is None or time.monotonic() - self._used_at > _STALE_S:
            self.close()
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        started = time.perf_counter()
        try:
            self._socket.sendall(request)
            status, body = self._read()
        except OSError:
            self.close()
            raise
        elapsed_ms = (time.perf_counter() - started) * 1000
        self._used_at = time.monotonic()
        return Answer(status, body, elapsed_ms)

    def execute(self, request: bytes) -> dict[str, Any]:
        """Return the response to a program that must succeed, with `total_ms` added to its fields."""
        answer = self.send(request)
        told = answer.json()
        if answer.status != 200 or told["status"] != "OK":
            raise RuntimeError(f"the server answered {answer.status}: {answer.body[:300]!r}")
        return {**told, "total_ms": answer.elapsed_ms}

    def get(self, path: str) -> Answer:
        return self.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    def _read(self) -> tuple[int, bytes]:
        assert self._socket is not None
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        head = received[:end].lower()
        at = head.index(b"content-length:") + len(b"content-length:")
        size = int(head[at:].split(b"\r\n", 1)[0])
        body = received[end + 4 :]
        while len(body) < size:
            body += self._more()
        return int(head.split(b" ", 2)[1]), body

    def _more(self) -> bytes:
        assert self._socket is not None
        part = self._socket.recv(65536)
        if not part:
            raise ConnectionError("the server closed the connection")
        return part


def execute_request(code: str, input_data: str = "", timeout_s: int = 10, language: str = "python") -> bytes:
    """Return the bytes of `POST /api/v1/execute`."""
    fields = {"language": language, "code": code, "input_data": input_data, "timeout": timeout_s}
    return post_request("/api/v1/execute", fields)


def post_request(path: str, fields: object) -> bytes:
    """Return the bytes of a POST of JSON."""
    body = json.dumps(fields).encode()
    headers = f"Host: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"POST {path} HTTP/1.1\r\n{headers}\r\n\r\n".encode() + body


def judge_events(port: int, fields: object) -> list[tuple[float, str, dict[str, Any]]]:
    """Return the events of `POST /api/v1/judge`: the time, ms after the request was sent; the name; the data."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    try:
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        body = json.dumps(fields).encode()
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        started = time.perf_counter()
        connection.request("POST", "/api/v1/judge", body, headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"the server answered {answer.status}: {answer.read(300)!r}")
        events: list[tuple[float, str, dict[str, Any]]] = []
        name = ""
        for line in answer:
            if line.startswith(b"event: "):
                name = line.removeprefix(b"event: ").decode().strip()
            elif line.startswith(b"data: "):
                events.append(((time.perf_counter() - started) * 1000, name, json.loads(line.removeprefix(b"data: "))))
        return events
    finally:
        connection.close()
