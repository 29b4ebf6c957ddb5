"""Names that requests may be sent to, and pages that may send them."""

import asyncio
from functools import partial
from typing import Any, Final, cast

import httpx2
import pytest
from pydantic import ValidationError
from starlette.responses import Response
from starlette.types import ASGIApp

from tests.harness.executing import Parts
from zuko.api.app import create_app
from zuko.api.errors import answer_refused
from zuko.api.hosts import Hosts
from zuko.api.refused import Refused
from zuko.api.responses import Responses
from zuko.execution.executor import Executor
from zuko.settings import Auth, Settings

LOCAL: Final = "http://127.0.0.1:8000"
EVIL: Final = {"host": "evil.example:8000"}
PAGE: Final = "http://evil.example"


def ask(app: ASGIApp, method: str, path: str, headers: dict[str, str], *, server: str = LOCAL) -> httpx2.Response:
    """Send a request over a connection whose end here is `server`."""

    async def send() -> httpx2.Response:
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url=server) as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(send())


def guarded(*names: str, origins: tuple[str, ...] = (), has_keys: bool = False) -> Hosts:
    refused = Refused(partial(answer_refused, Responses(1 << 20)))
    return Hosts(Response("passed"), names=names, origins=origins, has_keys=has_keys, refused=refused)


@pytest.mark.parametrize(
    ("host", "names", "status_code"),
    [
        ("localhost:8000", (), 200),
        ("LOCALHOST.", (), 200),
        ("127.0.0.1:8000", (), 200),
        ("[::1]:8000", (), 200),
        ("192.168.1.7", (), 200),
        ("evil.example:8000", (), 421),
        ("localhost.evil.example", (), 421),
        ("127.0.0.1.evil.example", (), 421),
        ("[::1].evil.example", (), 421),
        ("2130706433", (), 421),
        ("", (), 421),
        ("Judge.Example:8000", ("judge.example",), 200),
        ("judge.example:8000", ("judge.example:8000",), 200),
        ("judge.example:8001", ("judge.example:8000",), 421),
        ("evil.example", ("judge.example",), 421),
        ("evil.example", ("*",), 200),
    ],
)
def test_names_on_a_loopback_address(host: str, names: tuple[str, ...], status_code: int) -> None:
    answer = ask(guarded(*names), "GET", "/api/v1/languages", {"host": host})
    assert answer.status_code == status_code
    if status_code == 421:
        (fault,) = answer.json()["detail"]
        assert (fault["loc"], fault["type"]) == (["header", "host"], "host")
        assert "ZUKO_HOSTS" in fault["msg"]


@pytest.mark.parametrize("end", ["http://[::1]:8000", "http://[::ffff:127.0.0.1]:8000"])
def test_other_loopback_addresses(end: str) -> None:
    assert ask(guarded(), "GET", "/", EVIL, server=end).status_code == 421


@pytest.mark.parametrize("end", ["http://10.0.0.7:8000", "http://[fd00::1]:8000", "https://api.example"])
def test_elsewhere_only_listed_names_are_looked_at(end: str) -> None:
    """On a network, behind a gateway of AWS, on a Unix socket."""
    assert ask(guarded(), "GET", "/", EVIL, server=end).status_code == 200
    assert ask(guarded("judge.example"), "GET", "/", EVIL, server=end).status_code == 421
    assert ask(guarded("judge.example"), "GET", "/healthz", EVIL, server=end).status_code == 200


def test_keys_are_enough() -> None:
    """A page has none."""
    assert ask(guarded(has_keys=True), "GET", "/", EVIL).status_code == 200
    assert ask(guarded("judge.example", has_keys=True), "GET", "/", EVIL).status_code == 421


@pytest.mark.parametrize(
    ("headers", "status_code"),
    [
        ({}, 200),
        ({"sec-fetch-site": "same-origin", "origin": PAGE}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "cross-site", "origin": PAGE}, 403),
        ({"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:3000"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "https://ours.example"}, 200),
        ({"origin": "http://127.0.0.1:8000"}, 200),
        ({"origin": "null"}, 403),
        ({"origin": PAGE}, 403),
        ({"origin": "http://[bad"}, 403),
    ],
)
def test_pages_that_may_change_something(headers: dict[str, str], status_code: int) -> None:
    """To judge again needs no content type, so no browser asks before it sends that."""
    app = guarded(origins=("https://ours.example",))
    assert ask(app, "POST", "/api/v1/submissions/x/rejudge", headers).status_code == status_code
    assert ask(app, "GET", "/api/v1/submissions", headers).status_code == 200
    assert ask(app, "POST", "/submissions", headers).status_code == 200, "Judge0's is for pages of any site"


class FakeExecutor(Parts):
    """An executor without sandboxes."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings


def test_every_path_of_the_app_has_them() -> None:
    settings = Settings(store="none", facades=("piston", "judge0"), mcp=True)
    app = create_app(settings, cast(Executor, FakeExecutor(settings)))
    for path in ("/", "/docs", "/page/page.js", "/api/v1/submissions/x", "/api/v2/runtimes", "/submissions/x", "/mcp"):
        assert ask(app, "GET", path, EVIL).status_code == 421
        assert ask(app, "GET", path, {"host": "localhost"}).status_code != 421
    settings = settings.model_copy(update={"auth": Auth.KEYS})
    with_keys = create_app(settings, cast(Executor, FakeExecutor(settings)))
    assert ask(with_keys, "GET", "/docs", EVIL).status_code == 200


def test_a_web_socket_of_a_page_with_a_name_of_its_own() -> None:
    """Its origin is the name that it was sent to, which Piston's rule takes for ours."""
    settings = Settings(store="none", facades=("piston",))
    app = create_app(settings, cast(Executor, FakeExecutor(settings)))
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"evil.example:8000"), (b"origin", b"http://evil.example:8000")]
    scope = {"type": "websocket", "path": "/api/v2/connect", "headers": headers, "server": ("127.0.0.1", 8000)}
    asyncio.run(app(scope, receive, send))
    assert [message["type"] for message in sent] == ["websocket.close"]
    assert "is not a name of this service" in sent[0]["reason"]


@pytest.mark.parametrize("name", ["http://judge.example", "judge.example/x", "a b"])
def test_what_is_not_a_name_is_refused_at_the_start(name: str) -> None:
    with pytest.raises(ValidationError, match="is not a name such as"):
        Settings(hosts=(name,))
