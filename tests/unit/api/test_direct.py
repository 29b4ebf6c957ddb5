"""The short way to a few routes: its responses are those of the app's own way."""

import asyncio
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final, cast

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.harness.executing import Parts
from tests.harness.stored import PROGRAM, StoredApi
from zuko.api import app as apps
from zuko.api import direct
from zuko.api.openapi import EXECUTE
from zuko.errors import DrainingError, ImageMissingError, NoCapacityError
from zuko.execution.executor import Executor
from zuko.settings import Settings
from zuko.submissions.sqlite import SqliteStore
from zuko.types import Execution, Status

HELLO: Final = {"language": "python", "code": "print('hello')"}
ID: Final = (b"x-request-id", b"one")  # else each request has another
JSON: Final = [(b"content-type", b"application/json"), ID]

Response = tuple[int, list[tuple[bytes, bytes]], bytes]


class FakeExecutor(Parts):
    """An executor without sandboxes: every submission ends alike."""

    def __init__(self, end: Callable[[], Execution], root_path: str | None) -> None:
        super().__init__()
        self.settings = Settings(root_path=root_path)
        self._end = end

    async def execute(self, *_: object, **__: object) -> Execution:
        return self._end()


def failing(error: Exception) -> Callable[[], Execution]:
    def end() -> Execution:
        raise error

    return end


def succeed() -> Execution:
    return Execution(Status.OK, stdout="hello\n", exit_code=0)


class AppsOwnWay:
    """In the place of `Direct`, it leaves every request to the app."""

    def __init__(self, app: ASGIApp, **_: object) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def ask(changes: dict[str, object], body: bytes, end: Callable[[], Execution], root_path: str | None) -> Response:
    """Return status, headers and body of a response; an error that the app raises after it is dropped."""
    executor = FakeExecutor(end, root_path)
    app = apps.create_app(executor.settings, cast(Executor, executor))
    sent: list[Any] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        sent.append(message)

    path = (root_path or "") + EXECUTE
    scope = {"type": "http", "method": "POST", "path": path, "headers": JSON, "query_string": b"", **changes}
    try:
        asyncio.run(app(scope, receive, send))
    except RuntimeError as error:
        assert str(error) == "a bug"  # noqa: PT017 - starlette raises it again, for the log
    return sent[0]["status"], sent[0]["headers"], b"".join(each["body"] for each in sent[1:])


REQUESTS: Final = {
    "success": (200, {}, HELLO, succeed),
    "unknown language": (200, {}, {**HELLO, "language": "intercal"}, succeed),
    "out of bounds": (422, {}, {**HELLO, "timeout": 1_000_000}, succeed),
    "unknown field": (422, {}, {**HELLO, "tiemout": 1}, succeed),
    "not JSON": (422, {}, b"{", succeed),
    "other type": (422, {"headers": [(b"content-type", b"text/plain"), ID]}, HELLO, succeed),
    "too large": (413, {"headers": [*JSON, (b"content-length", b"9999999999")]}, HELLO, succeed),
    "no capacity": (503, {}, HELLO, failing(NoCapacityError("all are busy"))),
    "draining": (503, {}, HELLO, failing(DrainingError("the service is shutting down"))),
    "no image": (503, {}, HELLO, failing(ImageMissingError("no image"))),
    "bug": (500, {}, HELLO, failing(RuntimeError("a bug"))),
    "other method": (405, {"method": "GET"}, HELLO, succeed),
    "other path": (404, {"path": f"{EXECUTE}/"}, HELLO, succeed),
}


@pytest.mark.parametrize("root_path", [None, "/zuko"])
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=list(REQUESTS))
def test_both_ways_give_the_same_response(
    request_: tuple[int, dict[str, object], Any, Callable[[], Execution]],
    root_path: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    status, changes, fields, end = request_
    body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    short = ask(changes, body, end, root_path)
    monkeypatch.setattr(apps, "Direct", AppsOwnWay)
    assert short == ask(changes, body, end, root_path)
    assert short[0] == status


STORED: Final = {
    "submitted": (202, "POST", "", b"", {}),
    "submitted again": (202, "POST", "", b"", {"idempotency-key": "k"}),
    "another under the same key": (409, "POST", "", b"", {"idempotency-key": "k", "another": "1"}),
    "key of many words": (422, "POST", "", b"", {"idempotency-key": "a b"}),
    "read": (200, "GET", "/{id}", b"", {}),
    "waited for": (200, "GET", "/{id}", b"wait=0", {}),
    "wait of two kinds": (200, "GET", "/{id}", b"wait=0.1", {}),
    "wait that is too long": (422, "GET", "/{id}", b"wait=61", {}),
    "other parameter": (200, "GET", "/{id}", b"wait=0&x=1", {}),
    "unknown": (404, "GET", "/01980f3e-6d1c-7a52-9a54-0c6f2f4f6b1d", b"", {}),
    "attempts": (200, "GET", "/{id}/attempts", b"", {}),
    "no id": (404, "GET", "/", b"", {}),
    "batch": (404, "GET", "/batch", b"", {}),
}


@pytest.mark.parametrize("request_", STORED.values(), ids=list(STORED))
def test_both_ways_serve_what_is_stored_alike(
    request_: tuple[int, str, str, bytes, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, method, path, query, named = request_
    store = SqliteStore(tmp_path / "submissions.db")
    store.open()
    with closing(store):
        first = StoredApi(store)
        submission_id = first.submit(idempotency_key="k")
        url = f"{path.format(id=submission_id)}{'?' if query else ''}{query.decode()}"
        headers = dict(named)
        body = {**HELLO, "input_data": headers.pop("another", "")} if "another" in named else PROGRAM

        def response() -> tuple[int, str, dict[str, str]]:
            sent = {"json": body, "headers": headers} if method == "POST" else {}
            found = StoredApi(store).call(method, url, **sent)
            new = found.json().get("id", "") if found.status_code == 202 else ""
            named = {name: value.replace(new, "id") if new else value for name, value in found.headers.items()}
            return found.status_code, found.text.replace(new, "id") if new else found.text, named

        short = response()
        monkeypatch.setattr(apps, "Direct", AppsOwnWay)
        assert short == response()
        assert short[0] == status


@pytest.mark.parametrize(
    ("changes", "is_direct"),
    [
        ({}, True),
        ({"root_path": "/zuko", "path": f"/zuko{EXECUTE}"}, True),
        ({"method": "OPTIONS"}, False),
        ({"path": "/healthz"}, False),
        ({"type": "websocket"}, False),
        ({direct.TELEMETRY: object()}, False),
    ],
)
def test_only_its_own_requests_take_the_short_way(changes: dict[str, object], is_direct: bool) -> None:
    taken = []

    async def app(*_: object) -> None:
        taken.append("app's")

    async def handle(_: object) -> Any:
        taken.append("short")
        return app

    def find(method: str, path: str, _: bytes) -> direct.Handler | None:
        return handle if (method, path) == ("POST", EXECUTE) else None

    way = direct.Direct(app, find=find, exception_handlers={})
    scope = {"type": "http", "method": "POST", "path": EXECUTE, "headers": [], "query_string": b"", **changes}
    asyncio.run(way(scope, cast(Receive, None), cast(Send, None)))
    assert taken == (["short", "app's"] if is_direct else ["app's"])  # the response is an app, too
