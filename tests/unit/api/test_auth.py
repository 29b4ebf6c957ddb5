"""API keys: no request without one that counts and allows it, and nothing of a key's tenant for another key."""

import asyncio
import time
from dataclasses import replace
from typing import Any, Final

import httpx2
import pytest
from fastapi.routing import iter_route_contexts

from tests.harness.stored import JUDGED, PROGRAM, SUBMISSIONS, StoredApi
from zuko.api import auth
from zuko.api.app import create_app
from zuko.api.auth import Keys, scopes_of
from zuko.errors import StoreError
from zuko.settings import FACADES, Auth, Settings
from zuko.submissions.keys import ApiKey, Scope, make_key, parts_of
from zuko.submissions.sqlite import SqliteStore

OPEN: Final = {"/", "/healthz", "/readyz", "/api/v1/languages", "/docs", "/docs/oauth2-redirect", "/openapi.json"}


@pytest.fixture
def guarded(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> StoredApi:
    monkeypatch.setenv("ZUKO_STORE", "sqlite:///unused.db")  # the app has the other one
    return StoredApi(store, auth="keys", facades="piston")


def given(store: SqliteStore, name: str = "ann", *scopes: Scope, days: float | None = None, **changes: Any) -> str:
    """Store a key, and return it as its owner has it."""
    now = time.time()
    expires_at = None if days is None else now + days * 86_400
    text, key = make_key(name, scopes or (Scope.RUN,), now=now, expires_at=expires_at)
    store.put_key(replace(key, **changes))
    return text


def send(guarded: StoredApi, path: str, headers: dict[str, str], method: str = "GET", **sent: Any) -> httpx2.Response:
    return guarded.call(method, path, headers=headers, **sent)


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def test_every_route_but_the_open_ones_needs_a_key(guarded: StoredApi) -> None:
    """Routes that are added later need one, too."""
    paths = {route.path for route in iter_route_contexts(guarded.app.routes) if route.path}
    closed = {path for path in paths if path not in OPEN and not path.startswith(("/page", "/static-offline-docs"))}
    assert len(closed) > 10

    async def statuses() -> dict[str, int]:
        transport = httpx2.ASGITransport(guarded.app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://zuko") as client:
            asked = {*closed, *OPEN, "/api/v2/runtimes", "/api/v2/piston/execute", "/nothing", "/metrics"}
            return {path: (await client.get(path.replace("{", "").replace("}", ""))).status_code for path in asked}

    found = asyncio.run(statuses())
    assert {path for path, status in found.items() if status != 401} == OPEN


@pytest.mark.parametrize("headers", [{}, bearer(""), bearer("zuko_1"), {"authorization": "Basic zuko"}])
def test_what_is_not_a_key(guarded: StoredApi, headers: dict[str, str]) -> None:
    response = send(guarded, SUBMISSIONS, headers)
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    assert response.json()["detail"][0]["loc"] == ["header", "authorization"]


def test_keys_that_do_not_count(guarded: StoredApi, store: SqliteStore) -> None:
    good = given(store)
    wrong = {
        "another secret": good[:-1] + ("0" if good[-1] != "0" else "1"),
        "another id": f"zuko_{'0' * 12}_{good[-64:]}",
        "expired": given(store, days=-1),
        "revoked": given(store),
    }
    parts = parts_of(wrong["revoked"])
    assert parts is not None
    assert store.revoke_key(parts[0])
    assert send(guarded, SUBMISSIONS, bearer(good)).status_code == 200
    for why, key in wrong.items():
        response = send(guarded, SUBMISSIONS, bearer(key))
        assert response.status_code == 401, why
        assert key[-64:] not in response.text


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("authorization", "bearer  {}"),
        ("authorization", "{}"),  # of Piston's clients, and of bots that had a key of the public service
        ("x-auth-token", "{}"),
        ("x-api-key", "{}"),
        ("x-rapidapi-key", "{}"),  # of Judge0's tutorials
    ],
)
def test_headers_of_facades_count(guarded: StoredApi, store: SqliteStore, header: str, text: str) -> None:
    assert send(guarded, "/api/v2/runtimes", {header: text.format(given(store))}).status_code == 200


def test_what_is_not_a_key_in_one_header_leaves_the_others(guarded: StoredApi, store: SqliteStore) -> None:
    headers = {"authorization": "key-of-another", "x-auth-token": given(store)}
    assert send(guarded, "/api/v2/runtimes", headers).status_code == 200


def test_facades_refuse_in_their_own_form_and_for_pages_of_other_sites(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they answer other errors, with the CORS headers that these have; also while the store does not answer."""
    monkeypatch.setenv("ZUKO_STORE", "sqlite:///unused.db")
    api = StoredApi(store, auth="keys", facades=FACADES, cors_origins=("http://a.example",))
    origin = {"origin": "http://a.example"}
    needs = "needs an API key: Authorization: Bearer zuko_..."
    forms: dict[str, Any] = {
        "/api/v2/runtimes": {"message": needs},
        "/submissions": None,  # Judge0's 401 is empty
        "/v1/ping": {"detail": needs},
        "/jobe/index.php/restapi/languages": needs,
    }

    async def get(path: str, headers: dict[str, str], method: str = "GET") -> httpx2.Response:
        transport = httpx2.ASGITransport(api.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://zuko") as client:
            return await client.request(method, path, headers=headers)

    for path, form in forms.items():
        response = asyncio.run(get(path, origin))
        assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer"), path
        assert (response.json() if response.content else None) == form
        allowed = response.headers.get("access-control-allow-origin")
        # SandboxFusion has no CORS; Judge0 and Jobe allow any site.
        assert allowed == {"/api/v2/runtimes": "http://a.example", "/v1/ping": None}.get(path, "*"), path
    ours = asyncio.run(get(SUBMISSIONS, origin))
    assert ours.headers["access-control-allow-origin"] == "http://a.example"
    assert ours.json()["detail"][0]["type"] == "key"
    asked = {**origin, "access-control-request-method": "GET", "access-control-request-headers": "authorization"}
    assert asyncio.run(get(SUBMISSIONS, asked, "OPTIONS")).status_code == 200
    judges = bearer(given(store, "bob", Scope.JUDGE))
    refused = asyncio.run(get("/api/v2/runtimes", origin | judges))
    assert (refused.status_code, refused.json()) == (403, {"message": "this key does not have the scope run"})
    unknown = bearer(given(store))
    store.close()
    away = asyncio.run(get("/v1/ping", unknown))
    assert (away.status_code, list(away.json())) == (504, ["detail"])


def test_scopes(guarded: StoredApi, store: SqliteStore) -> None:
    """A key to run neither judges nor sees problems; one of an administrator does everything."""
    runs, judges, admin = given(store), given(store, "bob", Scope.JUDGE), given(store, "eve", Scope.ADMIN)
    assert send(guarded, "/api/v1/problems", bearer(runs)).status_code == 403
    assert send(guarded, "/api/v1/judge", bearer(runs), "POST", json=JUDGED).status_code == 403
    assert send(guarded, SUBMISSIONS, bearer(runs), "POST", json=PROGRAM).status_code == 202
    refused = send(guarded, SUBMISSIONS, bearer(runs), "POST", json=JUDGED)
    assert (refused.status_code, refused.json()["detail"][0]["type"]) == (403, "scope")
    batch = {"submissions": [PROGRAM, JUDGED]}
    assert send(guarded, f"{SUBMISSIONS}/batch", bearer(runs), "POST", json=batch).status_code == 403
    assert send(guarded, SUBMISSIONS, bearer(judges)).status_code == 403
    assert send(guarded, "/api/v1/problems", bearer(judges)).status_code == 200
    assert send(guarded, SUBMISSIONS, bearer(admin), "POST", json=JUDGED).status_code == 202
    assert send(guarded, "/api/v1/problems", bearer(admin)).status_code == 200
    assert scopes_of("/metrics") == (Scope.ADMIN,)
    assert scopes_of("/mcp") == scopes_of("/mcp/") == (Scope.RUN, Scope.JUDGE)


def test_keys_of_a_name_share_submissions_and_others_see_none(guarded: StoredApi, store: SqliteStore) -> None:
    first, second, other = given(store), given(store), given(store, "bob")
    submitted = send(guarded, SUBMISSIONS, bearer(first), "POST", json=PROGRAM).json()
    assert send(guarded, submitted["url"], bearer(second)).status_code == 200
    assert send(guarded, submitted["url"], bearer(other)).status_code == 404
    queues = [send(guarded, "/api/v1/queue", bearer(key)).json()["yours"]["queued"] for key in (first, other)]
    assert queues == [1, 0]


def test_a_preflight_needs_none(guarded: StoredApi) -> None:
    assert send(guarded, SUBMISSIONS, {}, "OPTIONS").status_code == 405


def test_known_keys_outlive_a_store_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a while, and ids that do not exist are not asked for again and again."""
    clock, asked, is_away = 1000.0, list[str](), False
    _, key = make_key("ann", (Scope.RUN,), now=0, expires_at=None)
    monkeypatch.setattr("zuko.api.auth.time.monotonic", lambda: clock)

    async def find(key_id: str) -> ApiKey | None:
        asked.append(key_id)
        if is_away:
            raise StoreError("away")
        return key if key_id == key.id else None

    async def claims() -> None:
        nonlocal clock, is_away
        keys = Keys(find)
        for _ in range(3):
            assert await keys.of(key.id) == key
            assert await keys.of("0" * 12) is None
        assert asked == [key.id, "0" * 12]
        is_away = True
        clock += auth.KNOWN_S + 1
        assert await keys.of(key.id) == key
        with pytest.raises(StoreError):
            await keys.of("0" * 12)
        clock += auth.AWAY_S
        with pytest.raises(StoreError):
            await keys.of(key.id)

    asyncio.run(claims())


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zuko.api.auth.KNOWN_MAX", 10)

    async def find(_: str) -> None:
        return None

    async def claims() -> int:
        keys = Keys(find)
        for number in range(100):
            await keys.of(f"{number:012x}")
        return len(keys._known)

    assert asyncio.run(claims()) == 10


def test_a_store_that_is_away_is_503(store: SqliteStore, guarded: StoredApi) -> None:
    key = given(store)
    store.close()
    assert send(guarded, SUBMISSIONS, bearer(key)).status_code == 503


def test_a_websocket_needs_a_key(guarded: StoredApi) -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def keep(message: Any) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/api/v2/connect", "headers": [], "query_string": b""}
    asyncio.run(guarded.app(scope, receive, keep))
    assert [(message["type"], message["code"]) for message in sent] == [("websocket.close", 1008)]


def test_no_key_is_needed_unless_asked_for() -> None:
    assert Settings().auth is None
    app = create_app(Settings(auth=Auth.PROXY, store="none"))

    async def get() -> int:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://zuko") as client:
            return (await client.get("/nothing")).status_code

    assert asyncio.run(get()) == 404
