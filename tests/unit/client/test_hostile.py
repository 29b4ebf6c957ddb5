"""Servers that are broken, or mean harm: a call of a client ends with an error, in bounded memory and time."""

import contextlib
import gzip
import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import pytest

from tests.harness.peer import Peer
from tests.unit.client.faces import Face
from zuko.client import NoAnswerError, ServiceError, bounds
from zuko.errors import UnavailableError, ZukoError

OK: Final = b"HTTP/1.1 200 OK\r\n"
CHUNKED: Final = b"transfer-encoding: chunked\r\n"
EVENTS: Final = b"content-type: text/event-stream\r\n"
ZEROS: Final = bytes(1 << 16)
LIMIT: Final = 1 << 20


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


@contextlib.contextmanager
def saying(parts: Iterable[bytes], pause_s: float = 0.0) -> Iterator[str]:
    """Yield the URL of a server that answers the first request with these parts, for as long as its client reads."""

    def serve() -> None:
        with contextlib.suppress(OSError):
            peer, _ = listener.accept()
            with peer:
                peer.recv(1 << 16)
                for part in parts:
                    peer.sendall(part)
                    time.sleep(pause_s)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        assert not thread.is_alive(), "the client reads on"


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the bounds small, so that a test reaches them soon."""
    for name in ("RESPONSE_BYTES_MAX", "STREAM_BYTES_MAX"):
        monkeypatch.setattr(bounds, name, LIMIT)
    for module in ("client", "aclient"):
        monkeypatch.setattr(f"zuko.client.{module}.RESUME_S", 0.01)
    monkeypatch.setattr("zuko.client.transport.EVENT_BYTES_MAX", LIMIT // 2)


def languages(zuko: Any) -> Any:
    return zuko.languages()


def judge(zuko: Any) -> Any:
    return zuko.judge("c", "x", cases=[("1", "1")])


def follow(zuko: Any) -> Any:
    return zuko.submissions.follow("a")


BOMB: Final = gzip.compress(bytes(100 << 20))
ENDLESS: Final[dict[str, tuple[Callable[[Any], Any], Callable[[], Iterable[bytes]], type[ZukoError], str]]] = {
    "body": (
        languages,
        lambda: itertools.chain([OK + CHUNKED + b"\r\n"], itertools.repeat(chunk(ZEROS))),
        ServiceError,
        "the response has more than 1048576 bytes",
    ),
    "refusal": (
        languages,
        lambda: itertools.chain([b"HTTP/1.1 500 No\r\n" + CHUNKED + b"\r\n"], itertools.repeat(chunk(ZEROS))),
        ServiceError,
        "the service answered 500",
    ),
    "comments": (
        judge,
        lambda: itertools.chain([OK + EVENTS + CHUNKED + b"\r\n"], itertools.repeat(chunk(b": still\n\n" * 999))),
        ServiceError,
        "the events have more than 1048576 bytes together",
    ),
    "events": (
        judge,
        lambda: itertools.chain([OK + EVENTS + CHUNKED + b"\r\n"], itertools.repeat(chunk(b"data: 1\n\n" * 999))),
        ServiceError,
        "the events have more than 1048576 bytes together",
    ),
    "event": (
        judge,
        lambda: itertools.chain([OK + EVENTS + CHUNKED + b"\r\n"], itertools.repeat(chunk(b"data: " + b"x" * 9999))),
        NoAnswerError,
        "exceeded the 524288 byte limit",
    ),
    "header": (
        languages,
        lambda: itertools.chain([OK + b"x: "], itertools.repeat(b"x" * 9999)),
        NoAnswerError,
        "no service answers",
    ),
    "bomb": (
        languages,
        lambda: [OK + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(BOMB) + BOMB],
        ServiceError,
        "the response has more than 1048576 bytes",
    ),
    "bomb in events": (
        judge,
        lambda: [OK + EVENTS + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(BOMB) + BOMB],
        ZukoError,
        "byte",
    ),
    "bomb in a bomb": (
        languages,
        lambda: [OK + b"content-encoding: gzip, gzip\r\ncontent-length: 9\r\n\r\n"],
        ServiceError,
        "is not from a Zuko service",
    ),
    "half of a bomb": (
        languages,
        lambda: [OK + b"content-encoding: gzip\r\ncontent-length: 30\r\n\r\n" + BOMB[:30]],
        ServiceError,
        "is not from a Zuko service",
    ),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_does_not_end_is_given_up(face: Face, name: str) -> None:
    use, parts, kind, message = ENDLESS[name]
    with saying(parts()) as url, pytest.raises(kind, match=message):
        face(url, use, retry_s=0, timeout_s=5)


def test_what_drips_is_given_up(face: Face) -> None:
    """No silence is as long as the one that is allowed."""
    parts = itertools.chain([OK + CHUNKED + b"\r\n"], itertools.repeat(chunk(b" ")))
    with saying(parts, pause_s=0.02) as url, pytest.raises(NoAnswerError, match="comes too slowly"):
        face(url, languages, retry_s=0, timeout_s=0.3)


@pytest.mark.parametrize("status_code", [301, 302, 303, 307, 308])
def test_a_key_stays_with_its_service(face: Face, peer: Peer, status_code: int) -> None:
    """Wherever the service says that it is."""
    place = b"HTTP/1.1 %d Elsewhere\r\nlocation: %s\r\ncontent-length: 0\r\n\r\n" % (status_code, peer.url.encode())
    for use in (languages, judge):
        with saying([place]) as url, pytest.raises(ServiceError, match=f"it is at {peer.url}; give that as the URL"):
            face(url, use, headers={"authorization": "Bearer zuko_secret"})
    assert peer.seen == []


@pytest.mark.parametrize(
    ("status_code", "headers", "content"),
    [
        (500, {}, b"[" * 100_000),
        (422, {}, b'{"detail": [' + b"[" * 100_000),
        (422, {}, json.dumps({"detail": [{"loc": [{"a": []}, None, [1]], "msg": {"a": 1}, "type": [1]}, 5]}).encode()),
        (503, {"retry-after": "9" * 5000}, b"{}"),
        (503, {"retry-after": "\u00b2".encode().decode("latin-1")}, b'{"message": 5, "reason": {"a": 1}}'),
        (200, {"content-type": "application/json; charset=zlib_codec"}, b"{}"),
        (200, {"content-type": "text/html; charset=utf-7"}, b"+AAA-" * 9),
        (200, {}, b'{"languages": ' + b"[" * 100_000),
    ],
)
def test_what_is_not_of_this_api_is_an_error_of_ours(
    peer: Peer, face: Face, status_code: int, headers: dict[str, str], content: bytes
) -> None:
    peer.status_code, peer.headers, peer.content = status_code, headers, content
    for use in (languages, judge, follow):
        with pytest.raises(ZukoError) as raised:
            face(peer.url, use, retry_s=0)
        assert len(str(raised.value)) < 1000


@pytest.mark.parametrize(
    "stream",
    [
        b'event: attempt\ndata: {"attempt": 1e999}\n\n',
        b"event: attempt\ndata: " + b"[" * 100_000 + b"\n\n",
        b'event: attempt\ndata: {"attempt": ' + b"9" * 5000 + b"}\n\n",
        b'event: attempt\nid: \xe2\x82\xac\ndata: {"attempt": 1}\n\n',
        b"event: attempt\nid: " + b"1" * 999 + b'\ndata: {"attempt": 1}\n\n',
        b"event: case\ndata: {}\n\n",
        b"event: submission\ndata: \xff\n\n",
    ],
)
def test_events_that_are_not_of_this_api(peer: Peer, face: Face, stream: bytes) -> None:
    peer.first = [(200, stream)]
    with pytest.raises(ServiceError, match="is not from a Zuko service"):
        face(peer.url, follow, retry_s=0)


def test_streams_without_events_use_up_the_patience(peer: Peer, face: Face) -> None:
    peer.headers, peer.content = {"content-type": "text/event-stream"}, b": nothing\n\n"
    with pytest.raises(UnavailableError, match="no events"):
        face(peer.url, follow, retry_s=0.3)
    assert 1 < len(peer.seen) < 20


def test_nothing_comes_after_the_last_event(peer: Peer, face: Face) -> None:
    peer.status_code, peer.content = 204, b""
    assert face(peer.url, lambda zuko: zuko.submissions.follow("a", after="1.end")) == []


def test_a_list_that_does_not_end(peer: Peer, face: Face) -> None:
    peer.content = b'{"submissions": [], "next": "again"}'
    with pytest.raises(ServiceError, match="does not end"):
        face(peer.url, lambda zuko: zuko.submissions.list())


def test_a_service_that_does_not_wait_is_not_asked_all_the_time(
    peer: Peer, face: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("client", "aclient"):
        monkeypatch.setattr(f"zuko.client.{module}.RESUME_S", 0.1)
    queued = dict.fromkeys(("problem", "started_at", "ended_at", "reason", "message", "webhook", "result", "receipt"))
    more: dict[str, Any] = {
        "id": "a",
        "kind": "execute",
        "state": "queued",
        "language": "c",
        "priority": 0,
        "labels": {},
    }
    peer.content = json.dumps({**queued, **more, "attempt": 0, "created_at": "2026-01-31T12:00:00Z"}).encode()
    assert face(peer.url, lambda zuko: zuko.submissions.wait("a", 0.35)).state == "queued"
    assert 2 <= len(peer.seen) <= 6
