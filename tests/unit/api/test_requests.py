"""Requests have ids, are counted by a bounded number of names, and leave a line in the log without what was sent."""

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any, Final

import httpx2
import pytest
from pydantic import ValidationError
from starlette.types import Message, Receive, Scope, Send

from zuko.api.app import create_app
from zuko.api.requests import OTHER, Requests, RouteNames
from zuko.settings import Settings
from zuko.submissions.opening import StoreAccess
from zuko.telemetry.log import FIELDS
from zuko.telemetry.observer import Observer
from zuko.telemetry.request import CURRENT, ID_MAX, note
from zuko.wire.execute import ExecuteRequest
from zuko.wire.judge import JudgeRequest
from zuko.wire.submissions import ExecuteSubmission, JudgeSubmission

ROUTES: Final = RouteNames(["/api/v1/execute", "/api/v1/submissions/{id}", "/api/v1/submissions/{id}/events"])


class Counting(Observer):
    def __init__(self) -> None:
        self.counted: list[tuple[object, ...]] = []

    def request(self, method: str, route: str, status: int, *, received_bytes: int, sent_bytes: int) -> None:
        self.counted.append((method, route, status, received_bytes, sent_bytes))


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer in two parts, or fail."""
    while (await receive()).get("more_body"):
        pass
    note(status="OK")
    if scope["path"] == "/fail":
        raise RuntimeError("a bug")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"3")]})
    await send({"type": "http.response.body", "body": b"ab", "more_body": True})
    await send({"type": "http.response.body", "body": b"c"})


def ask(path: str = "/api/v1/execute", **changes: Any) -> tuple[dict[str, str], tuple[object, ...]]:
    """Return the headers of a response, and what was counted."""
    observer, sent = Counting(), []
    parts: Iterator[Message] = iter(
        [{"type": "http.request", "body": b"12", "more_body": True}, {"type": "http.request", "body": b"345"}]
    )

    async def receive() -> Message:
        return next(parts)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "headers": [], "client": ("10.0.0.1", 9), **changes}
    app = Requests(answer, routes=ROUTES, observer=observer, logs=True)
    try:
        asyncio.run(app(scope, receive, send))
    except RuntimeError as error:
        assert str(error) == "a bug"  # noqa: PT017 - the app's own
    (counted,) = observer.counted
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]} if sent else {}
    return headers, counted


@pytest.mark.parametrize("sent", [b"a", b"7f/3=.:_-+@", b"x" * ID_MAX])
def test_a_usable_id_is_kept(sent: bytes) -> None:
    headers, _ = ask(headers=[(b"x-request-id", sent)])
    assert headers["x-request-id"] == sent.decode()


@pytest.mark.parametrize("sent", [b"", b"a b", b"a\r\nset-cookie: x", b"\xff", b"a\x00", b"x" * (ID_MAX + 1), b"<b>"])
def test_any_other_id_is_replaced(sent: bytes) -> None:
    """It would be repeated in a header and in the log."""
    headers, _ = ask(headers=[(b"x-request-id", sent)])
    other, _ = ask(headers=[(b"x-request-id", sent)])
    assert len(headers["x-request-id"]) == 32
    assert headers["x-request-id"] != other["x-request-id"]


@pytest.mark.parametrize(
    ("path", "changes", "counted"),
    [
        ("/api/v1/execute", {}, ("POST", "/api/v1/execute", 200, 5, 3)),
        ("/zuko/api/v1/execute", {"root_path": "/zuko"}, ("POST", "/api/v1/execute", 200, 5, 3)),
        ("/api/v1/submissions/1", {}, ("POST", "/api/v1/submissions/{id}", 200, 5, 3)),
        ("/api/v1/submissions/1/events", {}, ("POST", "/api/v1/submissions/{id}/events", 200, 5, 3)),
        ("/api/v1/submissions/1/2", {}, ("POST", OTHER, 200, 5, 3)),
        ("/anything/at/all", {"method": "PROPFIND"}, (OTHER, OTHER, 200, 5, 3)),
        ("/fail", {}, ("POST", OTHER, 500, 5, 0)),
    ],
)
def test_counted_by_names_of_the_app(path: str, changes: dict[str, Any], counted: tuple[object, ...]) -> None:
    assert ask(path, **changes)[1] == counted


def test_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """It has one line whatever the path is, and no query."""
    with caplog.at_level(logging.INFO, "zuko.api.requests"):
        ask("/a\nb" + "c" * 1000, query_string=b"label=secret")
    (record,) = caplog.records
    fields = getattr(record, FIELDS)
    assert fields["path"].startswith("/a%0Abc")
    assert len(fields["path"]) == 300
    assert fields.pop("elapsed_ms") >= 0
    assert fields == {
        "method": "POST",
        "path": fields["path"],
        "http_status": 200,
        "client": "10.0.0.1",
        "status": "OK",
    }
    assert "secret" not in record.getMessage()


def test_every_response_has_the_id() -> None:
    """Those of the routes, of the app's refusals, and those to bugs, which are answered outside of all middleware."""
    app = create_app(Settings(cors_origins="https://a.example"), stores=StoreAccess(None))

    @app.get("/bug")
    def bug() -> None:
        raise RuntimeError("a bug")

    async def get(path: str) -> httpx2.Response:
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://zuko") as client:
            return await client.get(path, headers={"x-request-id": "mine", "origin": "https://a.example"})

    for path, status in {"/healthz": 200, "/nothing": 404, "/api/v1/execute": 405, "/bug": 500}.items():
        response = asyncio.run(get(path))
        assert (response.status_code, response.headers["x-request-id"]) == (status, "mine"), path
    assert "x-request-id" in asyncio.run(get("/healthz")).headers["access-control-expose-headers"]


@pytest.mark.parametrize("model", [ExecuteRequest, JudgeRequest, ExecuteSubmission, JudgeSubmission])
def test_errors_do_not_repeat_what_was_sent(model: type[Any]) -> None:
    """A traceback in the log would have a part of the program."""
    sent = {"language": "python", "code": ["top secret"], "cases": [{"input": 1, "output": {"top secret": 1}}]}
    with pytest.raises(ValidationError) as caught:
        model.model_validate_json(json.dumps(sent))
    assert "top secret" not in str(caught.value)


def test_nothing_is_noted_outside_of_a_request() -> None:
    assert CURRENT.get() is None
    note(status="OK")
    assert CURRENT.get() is None
