"""A log that says what is wrong, and not only that."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from contextvars import copy_context
from datetime import datetime

import httpx2
import pytest

from zuko.telemetry.log import FIELDS, TEXT_MAX, RepeatFilter, set_up_log, take_over_access_log
from zuko.telemetry.request import begin


def test_a_line_comes_seldom(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same line once a minute; another one at once."""
    clock = 1000.0
    monkeypatch.setattr("zuko.telemetry.log.time.monotonic", lambda: clock)
    log = logging.getLogger("tests.seldom")
    log.addFilter(RepeatFilter(60))
    for step in range(100):
        clock = 1000.0 + 2 * step
        log.warning("no answer from %s", "a")
        if step == 5:
            log.warning("no answer from %s", "b")
    assert caplog.messages == [f"no answer from {host}" for host in "abaaa"]


@pytest.fixture
def restored() -> Iterator[None]:
    """Restore the handlers of the loggers that a service sets up."""
    loggers = [logging.getLogger(name) for name in (None, "uvicorn", "uvicorn.error", "uvicorn.access", "httpx2")]
    before = [(each, each.handlers[:], each.propagate, each.level) for each in loggers]
    repeated = [logging.getLogger(name) for name in ("zuko.engine.host", "zuko.engine.tls")]
    filters = [each.filters[:] for each in repeated]
    yield
    for logger, handlers, propagate, level in before:
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)
    for logger, own in zip(repeated, filters, strict=True):
        logger.filters[:] = own


def lines_of(log: Callable[[], None], capsys: pytest.CaptureFixture[str], *, as_json: bool) -> list[str]:
    """Return the lines of a log that a server had set up before; each is of a request."""
    logging.getLogger("uvicorn").addHandler(logging.StreamHandler())
    logging.getLogger().handlers.clear()

    def logged() -> None:
        set_up_log(as_json=as_json)
        begin(b"one/2")
        log()

    copy_context().run(logged)
    return capsys.readouterr().err.splitlines()


def test_lines_of_json(restored: None, capsys: pytest.CaptureFixture[str]) -> None:
    """Each is one line with the id of the request, whatever is in it, also those of the server."""

    def log() -> None:
        logging.getLogger("zuko.x").info("two\nlines", extra={FIELDS: {"http_status": 200}})
        logging.getLogger("uvicorn.error").warning("x" * 3 * TEXT_MAX)
        try:
            int("why")
        except ValueError:
            logging.getLogger("zuko").exception("failed")

    first, second, third = map(json.loads, lines_of(log, capsys, as_json=True))
    datetime.fromisoformat(first.pop("time"))
    assert first == {
        "level": "INFO",
        "logger": "zuko.x",
        "message": "two\nlines",
        "request_id": "one/2",
        "http_status": 200,
    }
    assert (second["logger"], len(second["message"])) == ("uvicorn.error", TEXT_MAX + 1)
    assert third["traceback"].endswith("with base 10: 'why'")


def test_urls_that_are_called_are_not_logged(restored: None, capsys: pytest.CaptureFixture[str]) -> None:
    """They are those of webhooks and callbacks, and may have secrets."""
    set_up_log(as_json=True)

    async def call() -> None:
        transport = httpx2.MockTransport(lambda _: httpx2.Response(200))
        async with httpx2.AsyncClient(transport=transport) as client:
            await client.put("http://hooks.example/?token=secret")

    asyncio.run(call())
    assert "secret" not in capsys.readouterr().err


def test_lines_of_text(restored: None, capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = lines_of(lambda: logging.getLogger("zuko.x").info("hello"), capsys, as_json=False)
    assert line.endswith(" INFO zuko.x: hello [one/2]")


@pytest.mark.parametrize(
    ("level", "has_handler", "wanted"), [(logging.INFO, True, True), (logging.WARNING, True, False), (20, False, False)]
)
def test_requests_are_logged_where_the_server_would(
    restored: None, level: int, has_handler: bool, wanted: bool
) -> None:
    """`--log-level warning` and `--no-access-log` of uvicorn are followed; it logs none itself."""
    access = logging.getLogger("uvicorn.access")
    access.handlers[:] = [logging.NullHandler()] if has_handler else []
    access.propagate = False
    access.setLevel(level)
    assert take_over_access_log() is wanted
    assert not access.hasHandlers()
