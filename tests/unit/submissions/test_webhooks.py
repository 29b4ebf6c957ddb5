"""Webhooks without a network: signatures, bodies, and the addresses that are refused."""

import asyncio
import base64
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from zuko.settings import Settings
from zuko.submissions import station
from zuko.submissions.addresses import AddressError, addresses_of, is_public
from zuko.submissions.model import Kind, NewSubmission, State, StoredRequest, StoredSubmission, new_id
from zuko.submissions.sqlite import SqliteStore
from zuko.submissions.webhooks import RETRIES_S, Webhooks, body_of, message_id, sign

OLD, NEW = (f"whsec_{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2))
ENDED: Final = StoredSubmission(
    id="an-id",
    tenant="",
    kind=Kind.EXECUTE,
    language="python",
    state=State.DONE,
    attempt=2,
    priority=0,
    problem=None,
    labels=(("team", "ß"),),
    created_at=1.0,
    started_at=2.0,
    ended_at=3.5,
    reason=None,
    message=None,
    result='{"stdout":"\\u0000"}',
    receipt=None,
)


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_either_secret_verifies_while_they_rotate(secret: str) -> None:
    """By the library of Standard Webhooks."""
    body, now = body_of(ENDED), int(time.time())
    headers = {
        "webhook-id": "an-id-2",
        "webhook-timestamp": str(now),
        "webhook-signature": sign([OLD, NEW], "an-id-2", now, body),
    }
    assert Webhook(secret).verify(body, headers) == json.loads(body)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(f"whsec_{base64.b64encode(b'3' * 32).decode()}").verify(body, headers)


def test_the_example_of_the_specification() -> None:
    """From the test vectors of standard-webhooks/standard-webhooks."""
    signature = sign(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("state", [State.DONE, State.FAILED, State.CANCELLED])
def test_a_body_has_the_submission(state: State) -> None:
    body = json.loads(body_of(StoredSubmission(**{**_fields(ENDED), "state": state})))
    assert (body["type"], body["timestamp"]) == (f"submission.{state}", "1970-01-01T00:00:03Z")
    assert (body["data"]["id"], body["data"]["labels"], body["data"]["result"]) == (
        "an-id",
        {"team": "ß"},
        {"stdout": "\0"},
    )


def _fields(stored: StoredSubmission) -> dict[str, Any]:
    return {name: getattr(stored, name) for name in StoredSubmission.__dataclass_fields__}


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "2002:7f00:1::",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "::127.0.0.1",
        "::ffff:0:127.0.0.1",
        "fec0::1",
        "192.0.0.192",
        "168.63.129.16",
        "::ffff:168.63.129.16",
    ],
)
def test_inner_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


async def looked_up(host: str, *, allow_private: bool) -> list[str]:
    with ThreadPoolExecutor(1) as threads:
        return await addresses_of(host, 80, allow_private=allow_private, threads=threads)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "2130706433", "0x7f.1", "0177.0.0.1", ""])
def test_a_host_is_judged_by_its_address(host: str) -> None:
    """However it is written; the message has no address."""
    with pytest.raises(AddressError) as refused:
        asyncio.run(looked_up(host, allow_private=False))
    assert "127" not in str(refused.value)


def test_inner_addresses_can_be_allowed() -> None:
    assert asyncio.run(looked_up("127.0.0.1", allow_private=True)) == ["127.0.0.1"]


def test_names_that_hang_keep_no_thread_from_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger's name may take half a minute to be looked up, and the threads of the loop judge."""
    going_on = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: going_on.wait(10) and [])

    async def run() -> None:
        with ThreadPoolExecutor(64) as threads:
            hanging = [addresses_of("hangs.example", 80, allow_private=False, threads=threads) for _ in range(64)]
            ending = asyncio.gather(*hanging, return_exceptions=True)
            await asyncio.sleep(0)
            async with asyncio.timeout(5):
                await asyncio.to_thread(int)
            going_on.set()
            assert {type(each) for each in await ending} == {AddressError}

    asyncio.run(run())


def test_an_end_has_an_id_of_its_own() -> None:
    """Also a cancellation in the queue, which is of the attempt that has ended before."""
    assert message_id(ENDED) == "an-id-2"
    assert message_id(replace(ENDED, state=State.FAILED)) == "an-id-2"
    assert message_id(replace(ENDED, state=State.CANCELLED)) == "an-id-2-cancelled"


def test_a_process_that_can_send_nothing_says_so(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its task is not waited for before the end of the process."""

    def fail() -> None:
        raise OSError("no certificates")

    monkeypatch.setattr("zuko.submissions.webhooks.ssl.create_default_context", fail)
    asyncio.run(station._send_webhooks(store, Settings(webhook_secrets=OLD), None))
    assert caplog.messages == ["webhooks are not sent"]
    assert "no certificates" in caplog.text


def test_a_private_address_is_an_error_of_the_webhook(store: SqliteStore) -> None:
    """It is seen in the submission, and tried again: the name may have another address then."""
    request = StoredRequest("{}")
    new = NewSubmission(new_id(), "a", Kind.EXECUTE, "python", ("python",), request, "", webhook="http://127.0.0.1:9/")
    store.submit([new], queued_max=9, tenant_max=9)
    (claim,) = store.claim("worker", None, 1)
    store.finish(claim.hold, State.DONE, result="{}")
    webhooks = Webhooks(store, Settings(webhook_secrets=OLD))

    async def run() -> None:
        running = asyncio.create_task(webhooks.run())
        for _ in range(100):
            await asyncio.sleep(0.05)
            stored = store.get("a", new.id)
            if stored and stored.webhook and stored.webhook.tries:
                break
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(run())
    stored = store.get("a", new.id)
    assert stored is not None
    assert stored.webhook is not None
    assert (stored.webhook.state, stored.webhook.tries) == ("due", 1)
    assert "not public" in (stored.webhook.error or "")
    assert stored.webhook.due_at is not None
    assert 3 < stored.webhook.due_at - time.time() <= RETRIES_S[0]


def test_pauses_grow_to_a_day() -> None:
    assert RETRIES_S == (5, 30, 120, 600, 3600, 21600, 86400)
