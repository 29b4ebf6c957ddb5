"""The audit log of a service: a line for each use of a key and each refusal, and no secret in any."""

import asyncio
import json
import logging
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from tests.harness.stored import JUDGED, PROGRAM
from zuko.api.app import create_app
from zuko.api.asgi import make_app
from zuko.settings import Auth, Settings
from zuko.submissions.keys import Scope, make_key
from zuko.submissions.opening import StoreAccess
from zuko.submissions.sqlite import SqliteStore
from zuko.telemetry.audit import LOG, Audit
from zuko.telemetry.log import FIELDS

TEXT, KEY = make_key("ann", (Scope.RUN,), now=time.time(), expires_at=None)
BEARER: Final = {"authorization": f"Bearer {TEXT}"}


@pytest.fixture
def store(store: SqliteStore) -> SqliteStore:
    store.put_key(KEY)
    return store


def send(store: SqliteStore, audit: Audit, requests: list[tuple[str, str, dict[str, Any]]]) -> None:
    app = create_app(
        Settings(auth=Auth.KEYS, facades=("piston", "judge0"), store="sqlite:///unused.db"),
        stores=StoreAccess.holding(store),
        audit=audit,
    )

    async def send_all() -> None:
        transport = httpx2.ASGITransport(app, client=("192.0.2.7", 123))
        async with httpx2.AsyncClient(transport=transport, base_url="http://zuko") as client:
            for method, path, sent in requests:
                await client.request(method, path, **sent)

    asyncio.run(send_all())


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_uses_and_refusals(store: SqliteStore, tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    wrong = f"{TEXT[:-1]}{'0' if TEXT[-1] != '0' else '1'}"
    judged = {**JUDGED, "code": "code-secret"}
    requests: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "/healthz", {}),
        ("POST", "/api/v1/submissions?x=query-secret", {"json": PROGRAM, "headers": {**BEARER, "x-request-id": "one"}}),
        ("POST", "/api/v1/submissions", {"json": judged, "headers": BEARER}),
        ("GET", "/api/v1/submissions/7", {"headers": {"authorization": f"Bearer {wrong}"}}),
        ("GET", "/api/v1/problems", {"headers": BEARER}),
        ("GET", "/api/v2/runtimes/", {"headers": {"x-api-key": TEXT}}),
        ("GET", "/submissions/some-token", {"headers": {"x-auth-token": "not-a-key-secret"}}),
    ]
    with closing(Audit(str(path))) as audit:
        send(store, audit, requests)
    found = lines(path)
    expected = [
        ("used", KEY.id, "ann", "POST", "/api/v1/submissions", 202),
        ("used", KEY.id, "ann", "POST", "/api/v1/submissions", 403),  # to judge, which the route refuses
        ("refused", KEY.id, None, "GET", "/api/v1/submissions/{id}", 401),  # claimed, without proof
        ("refused", KEY.id, "ann", "GET", "/api/v1/problems", 403),
        ("used", KEY.id, "ann", "GET", "/api/v2/runtimes", 200),
        ("refused", None, None, "GET", "/submissions/{token}", 401),
    ]
    shown = [tuple(line.get(name) for name in ("event", "key", "name", "method", "route", "status")) for line in found]
    assert shown == expected
    assert {line["address"] for line in found} == {"192.0.2.7"}
    assert found[0]["request_id"] == "one"
    assert found[2]["refused"] == "is not a key of this service"
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    assert not [secret for secret in ("secret", TEXT[-64:], wrong[-64:], "print", "some-token") if secret in text]


def test_a_file_that_is_moved_away_is_made_again_and_one_that_cannot_be_written_ends_no_request(
    store: SqliteStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = tmp_path / "logs"
    directory.mkdir()
    one = [("GET", "/api/v1/queue", {"headers": BEARER})]
    with closing(Audit(str(directory / "audit"))) as audit:
        send(store, audit, one)
        (directory / "audit").rename(directory / "audit.1")
        send(store, audit, one)
        assert [len(lines(directory / name)) for name in ("audit", "audit.1")] == [1, 1]
        for file in directory.iterdir():
            file.unlink()
        directory.rmdir()
        send(store, audit, one)
    assert [record.message for record in caplog.records if record.levelno == logging.ERROR] == [
        "the audit log cannot be written"
    ]


def test_the_log_instead_of_a_file(store: SqliteStore, caplog: pytest.LogCaptureFixture) -> None:
    send(store, Audit(LOG), [("GET", "/api/v1/queue", {"headers": BEARER})])
    (record,) = [record for record in caplog.records if record.name == "zuko.audit"]
    assert record.message == f"audit: used key={KEY.id} name=ann method=GET route=/api/v1/queue status=200"
    assert getattr(record, FIELDS)["address"] == "192.0.2.7"


def test_a_service_does_not_start_without_the_one_that_is_wanted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("zuko.api.asgi._set_up_log", lambda _: False)
    monkeypatch.setenv("ZUKO_AUDIT_LOG", "/nowhere/audit")
    with pytest.raises(SystemExit) as end:
        make_app()
    assert end.value.code == 2
    assert "ZUKO_AUDIT_LOG: the file cannot be written: No such file" in capsys.readouterr().err


def test_a_websocket_that_is_refused(store: SqliteStore, tmp_path: Path) -> None:
    path = tmp_path / "audit"

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def keep(_: object) -> None:
        """Send nothing."""

    with closing(Audit(str(path))) as audit:
        app = create_app(
            Settings(auth=Auth.KEYS, facades=("piston",), store="sqlite:///unused.db"),
            stores=StoreAccess.holding(store),
            audit=audit,
        )
        scope = {"type": "websocket", "path": "/api/v2/connect", "headers": [], "query_string": b""}
        asyncio.run(app(scope, receive, keep))
    (line,) = lines(path)
    assert (line["event"], line["method"], line["route"], line["status"]) == (
        *("refused", "WEBSOCKET", "/api/v2/connect"),
        403,
    )
    assert "address" not in line
