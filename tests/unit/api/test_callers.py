"""The caller of a request: an API key's name, a tenant, or an address, and how many requests it may send."""

import asyncio
import time
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zuko.api import callers
from zuko.api.app import create_app
from zuko.api.auth import KEY
from zuko.api.callers import BURST_S, Buckets, Callers
from zuko.caller import OURSELVES, Allowance, name_of_address, name_of_tenant
from zuko.errors import OverLimitError
from zuko.settings import FACADES, Settings
from zuko.submissions.keys import Scope, make_key
from zuko.telemetry.prometheus import Figures


def name(settings: Settings, **scope: Any) -> str:
    return Callers(settings).of({"headers": [], "client": ("192.0.2.7", 1234), **scope}).name


def test_a_key_is_its_name_a_tenant_is_its_header_and_others_are_addresses() -> None:
    _, key = make_key("ann", (Scope.RUN,), now=time.time(), expires_at=None)
    assert name(Settings(), **{KEY: key}) == name_of_tenant("ann") != name_of_tenant("bob")
    tenants = Settings(tenant_header="X-Tenant")
    assert name(tenants, headers=[(b"x-tenant", b"ann")]) == name_of_tenant("ann")
    assert len(name(tenants, headers=[(b"x-tenant", b"a" * 10_000)])) < 300, "ten thousand of them are remembered"
    assert name(tenants) == name(Settings(), headers=[(b"x-tenant", b"ann")]) == name_of_address("192.0.2.7")
    assert name(Settings(), client=None) == OURSELVES.name == name_of_tenant("")


@pytest.mark.parametrize(
    ("address", "same"),
    [
        ("192.0.2.7", "::ffff:192.0.2.7"),
        ("2001:db8:1:2::7", "2001:db8:1:2:3:4:5:6"),
        ("fe80::1%eth0", "fe80::2"),
    ],
)
def test_addresses_of_one_customer(address: str, same: str) -> None:
    assert name_of_address(address) == name_of_address(same)


def test_other_addresses() -> None:
    others = ["192.0.2.7", "192.0.2.8", "2001:db8:1:2::7", "2001:db8:1:3::7", "testclient", "not:an:address"]
    assert len(set(map(name_of_address, others))) == len(others)


# --- the rate of requests -----------------------------------------------------------------------------------------


def test_a_bucket_of_tokens() -> None:
    """Five seconds' worth may come at once, then one at each refill; a bucket never has more."""
    now = 0.0
    buckets = Buckets(lambda: now)

    def takes() -> int:
        return next(count for count in range(100) if buckets.take("ann", 2.0))

    assert takes() == 10
    assert buckets.take("ann", 2.0) == 0.5
    now = 0.25
    assert buckets.take("ann", 2.0) == 0.25
    assert buckets.take("bob", 2.0) == 0
    now = 0.5
    assert takes() == 1
    now = 1000.0
    assert takes() == 10


def test_a_slow_bucket_holds_one_token() -> None:
    now = 0.0
    buckets = Buckets(lambda: now)
    assert buckets.take("ann", 0.1) == 0
    assert buckets.take("ann", 0.1) == 10
    now = 10.0
    assert buckets.take("ann", 0.1) == 0


@given(st.lists(st.floats(0, 3), max_size=60), st.floats(0.05, 10))
def test_no_more_pass_than_the_rate_and_a_burst(pauses: list[float], per_s: float) -> None:
    now, passed = 0.0, 0
    buckets = Buckets(lambda: now)
    for pause in pauses:
        now += pause
        wait_s = buckets.take("ann", per_s)
        passed += wait_s == 0
        assert 0 <= wait_s <= 1 / per_s
    assert passed <= max(per_s * BURST_S, 1) + now * per_s + 1e-6


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "CALLERS_MAX", 3)
    buckets = Buckets(lambda: 0.0)
    for name in "abcabdd":
        buckets.take(name, 0.1)
    assert sorted(buckets._left) == ["a", "b", "d"]


def test_limits_of_a_key_replace_those_of_the_service_one_by_one() -> None:
    found = Callers(Settings(caller_runs=4, caller_requests_per_s=2))
    _, key = make_key("ann", (Scope.RUN,), now=0, expires_at=None, allowance=Allowance(runs=9, cpu_s_per_day=5))
    _, other = make_key("bob", (Scope.RUN,), now=0, expires_at=None)
    assert found.of({KEY: key}).allowance == Allowance(2, 9, None, 5)
    assert found.of({KEY: other}).allowance == Allowance(2, 4, None, None)


@pytest.mark.parametrize(
    ("method", "path", "status", "form"),
    [
        ("GET", "/api/v1/submissions", 429, {"status": "ERROR", "reason": "no_capacity", "message": True}),
        ("GET", "/api/v2/runtimes", 429, {"message": True}),
        ("GET", "/submissions/1", 429, {"error": True}),
        ("GET", "/jobe/index.php/restapi/languages", 429, True),
        ("GET", "/v1/ping", 504, {"detail": True}),
    ],
)
def test_a_request_too_many_is_refused_in_the_form_of_each_interface(
    method: str, path: str, status: int, form: Any
) -> None:
    figures = Figures()
    settings = Settings(store="none", facades=",".join(FACADES), caller_requests_per_s=0.1)
    app = create_app(settings, figures=figures)

    async def ask() -> list[httpx2.Response]:
        transport = httpx2.ASGITransport(app, client=("192.0.2.7", 1), raise_app_exceptions=False)
        other = httpx2.ASGITransport(app, client=("192.0.2.8", 1), raise_app_exceptions=False)
        async with (
            httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client,
            httpx2.AsyncClient(transport=other, base_url="http://localhost") as second,
        ):
            await client.get("/nothing")
            return [
                await client.request(method, path),
                await second.request(method, path),
                await client.get("/healthz"),
                await client.options(path),
            ]

    refused, *others = asyncio.run(ask())
    assert (refused.status_code, refused.headers["retry-after"]) == (status, "10")
    text = "you may send 0.1 requests a second: try again in 10 s"
    if form is True:
        assert refused.json() == text
    else:
        assert {
            name: text if value is True else value for name, value in form.items()
        }.items() <= refused.json().items()
    assert not [each for each in others if each.status_code in (429, 504)]
    assert b'zuko_limited_total{limit="requests"} 1.0' in figures.render(())


def test_one_request_a_second_is_not_several() -> None:
    assert str(OverLimitError.of_requests(1, 2)) == "you may send 1 request a second: try again in 2 s"


def test_a_websocket_too_many_is_not_accepted() -> None:
    app = create_app(Settings(store="none", facades="piston", caller_requests_per_s=0.1))
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def keep(message: Any) -> None:
        sent.append(message["type"])

    scope = {
        "type": "websocket",
        "path": "/api/v2/connect",
        "headers": [(b"host", b"localhost")],
        "query_string": b"",
        "client": ("192.0.2.7", 1),
    }
    asyncio.run(app({**scope, "type": "http", "method": "GET"}, receive, lambda _: asyncio.sleep(0)))
    asyncio.run(app(scope, receive, keep))
    assert sent == ["websocket.close"]
