"""Webhooks to a real receiver: which responses end a delivery, how often it is tried, and what a slow one holds up."""

import asyncio
import contextlib
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.harness.receiver import HANG, SECRET, Receiver
from tests.harness.server import Server
from tests.harness.stored import PROGRAM
from tests.harness.waiting import wait_for
from zuko.settings import Settings
from zuko.submissions import model, webhooks
from zuko.submissions.model import Kind, NewSubmission, State, StoredRequest, new_id
from zuko.submissions.sqlite import SqliteStore
from zuko.submissions.webhooks import Webhooks

SETTINGS: Final = Settings(webhook_secrets=SECRET, webhook_allow_private=True)


def ended(store: SqliteStore, url: str, state: State = State.DONE, *, tenant: str = "") -> str:
    """Return the id of a submission that has ended and has a webhook."""
    new = NewSubmission(new_id(), tenant, Kind.EXECUTE, "python", ("python",), StoredRequest("{}"), "", webhook=url)
    store.submit([new], queued_max=9999, tenant_max=9999)
    (claim,) = store.claim("worker", None, 1)
    assert store.finish(claim.hold, state, result='{"stdout":"ß"}' if state is State.DONE else None)
    return new.id


def webhook(store: SqliteStore, submission_id: str) -> model.Webhook:
    stored = store.get("", submission_id)
    assert stored is not None
    assert stored.webhook is not None
    return stored.webhook


def send(
    store: SqliteStore, until: Callable[[], object], *, retries_s: tuple[float, ...] = (0.1, 0.1), timeout_s: float = 5
) -> None:
    """Send webhooks until a claim holds."""

    async def run() -> None:
        running = asyncio.create_task(Webhooks(store, SETTINGS, retries_s=retries_s, timeout_s=timeout_s).run())
        try:
            await asyncio.to_thread(wait_for, until, 20, "webhooks")
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(run())


@pytest.mark.parametrize("status", [200, 204, 299, 410])
def test_a_delivery_ends(store: SqliteStore, status: int) -> None:
    """With 410 the receiver wants no more of it."""
    with Receiver(status) as receiver:
        submission_id = ended(store, receiver.url())
        send(store, lambda: webhook(store, submission_id).state == "delivered")
        assert len(receiver.received) == 1
        (received,) = receiver.received
        assert received.path == "/hook?a=b"
        assert received.headers["content-type"] == "application/json"
        assert received.headers["webhook-id"] == f"{submission_id}-1"
        assert received.headers["user-agent"].startswith("zuko/")
        body = received.verified(SECRET)
        assert (body["type"], body["data"]["id"], body["data"]["result"]) == (
            "submission.done",
            submission_id,
            {"stdout": "ß"},
        )
    assert (webhook(store, submission_id).tries, webhook(store, submission_id).error) == (1, None)


def test_failures_are_tried_again_with_the_same_id(store: SqliteStore) -> None:
    with Receiver(500, 404, 200) as receiver:
        submission_id = ended(store, receiver.url(), State.FAILED)
        send(store, lambda: webhook(store, submission_id).state == "delivered")
        assert {each.headers["webhook-id"] for each in receiver.received} == {f"{submission_id}-1"}
        assert receiver.types() == ["submission.failed"] * 3
        assert all(each.verified(SECRET) for each in receiver.received)
    assert webhook(store, submission_id).tries == 3


def test_after_the_last_try_it_is_undelivered_and_can_be_sent_again(store: SqliteStore) -> None:
    with Receiver(503) as receiver:
        submission_id = ended(store, receiver.url())
        send(store, lambda: webhook(store, submission_id).state == "undelivered")
        assert len(receiver.received) == 3
        found = webhook(store, submission_id)
        assert (found.tries, found.error, found.due_at) == (3, "the response was 503", None)
        assert store.resend_hook("", submission_id)
        receiver._statuses = [200]
        send(store, lambda: webhook(store, submission_id).state == "delivered")


def test_redirects_are_not_followed(store: SqliteStore) -> None:
    """They could lead to an address that was not looked at."""
    with Receiver(307) as receiver:
        submission_id = ended(store, receiver.url())
        send(store, lambda: webhook(store, submission_id).state == "undelivered", retries_s=())
        assert [each.path for each in receiver.received] == ["/hook?a=b"]
    assert webhook(store, submission_id).error == "the response was 307, and redirects are not followed"


def test_a_receiver_that_hangs_holds_up_no_other(store: SqliteStore) -> None:
    with Receiver(HANG) as hanging, Receiver(200) as other:
        slow = [ended(store, hanging.url()) for _ in range(20)]
        submission_id = ended(store, other.url(host="localhost"))
        began = time.monotonic()
        send(store, lambda: webhook(store, slow[-1]).tries, timeout_s=2, retries_s=())
        assert other.received[0].at - began < 2
        assert webhook(store, submission_id).state == "delivered"
        assert webhook(store, slow[0]).error == "no response within 2 s"


def test_a_port_that_is_closed_is_an_error(store: SqliteStore) -> None:
    with Receiver(200) as receiver:
        url = receiver.url()
    submission_id = ended(store, url)
    send(store, lambda: webhook(store, submission_id).state == "undelivered", retries_s=())
    assert (webhook(store, submission_id).error or "").startswith("no connection")


def test_what_is_judged_again_is_sent_at_its_new_end(store: SqliteStore) -> None:
    with Receiver(200) as receiver:
        submission_id = ended(store, receiver.url())
        assert store.rejudge("", model.Filter(), ids=[submission_id]) == [submission_id]
        send(store, lambda: webhook(store, submission_id).state != "due")
        assert receiver.received == []
        (claim,) = store.claim("worker", None, 1)
        assert store.finish(claim.hold, State.DONE, result="{}")
        send(store, lambda: receiver.received)
        assert [each.verified(SECRET)["data"]["attempt"] for each in receiver.received] == [2]


def test_tls_verifies_the_name_and_connects_to_the_address(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The certificate is for the name; under the address, it is refused."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Receiver(200, tls=(str(certificate), str(key))) as receiver:
        right, wrong = ended(store, receiver.url(host="localhost")), ended(store, receiver.url())
        send(store, lambda: webhook(store, right).state != "due" and webhook(store, wrong).state != "due", retries_s=())
    assert webhook(store, right).state == "delivered"
    assert webhook(store, wrong).state == "undelivered"
    assert "certificate verify failed" in (webhook(store, wrong).error or "")


def test_a_service_sends_them(tmp_path: Path) -> None:
    """From a submission to its webhook: a failure, the next try after 5 s, and what is seen of it meanwhile."""
    env = {
        "ZUKO_STORE": f"sqlite:///{tmp_path / 'submissions.db'}",
        "ZUKO_WEBHOOK_SECRETS": SECRET,
        "ZUKO_WEBHOOK_ALLOW_PRIVATE": "true",
    }
    with Receiver(500, 200) as receiver, Server(env) as server:
        server.wait_ready()
        body = {**PROGRAM, "webhook": receiver.url()}
        path = server.client.post("/api/v1/submissions", json=body).json()["url"]
        wait_for(lambda: server.client.get(path).json()["webhook"]["tries"], 30, "the first try")
        found = server.client.get(path).json()["webhook"]
        assert (found["state"], found["error"]) == ("due", "the response was 500")
        wait_for(lambda: server.client.get(path).json()["webhook"]["state"] == "delivered", 30, "the delivery")
        first, second = receiver.received
        assert 4 < second.at - first.at < 15
        body = second.verified(SECRET)
        assert body["data"]["result"] == server.client.get(path).json()["result"]
        server.client.post(f"{path}/webhook")
        wait_for(lambda: len(receiver.received) == 3, 30, "the delivery that was asked for")


def test_a_host_that_hangs_leaves_the_places_to_others(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many wait for it: it has its turns, and nothing else."""
    monkeypatch.setattr(webhooks, "AT_ONCE", 16)
    monkeypatch.setattr(webhooks, "SILENT_WAITS", 4)
    with Receiver(HANG) as hanging, Receiver(204) as well:
        for _ in range(200):
            ended(store, hanging.url())
        submission_id = ended(store, well.url())
        begun = time.monotonic()
        send(store, lambda: webhook(store, submission_id).state == "delivered", timeout_s=1)
        assert time.monotonic() - begun < 10
        assert len(hanging.received) < 50


def test_a_tenant_whose_receivers_hang_holds_up_no_other(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not with many hosts, nor with one that others use as well."""
    monkeypatch.setattr(webhooks, "AT_ONCE", 8)
    monkeypatch.setattr(webhooks, "AT_ONCE_OF_A_TENANT", 4)
    with contextlib.ExitStack() as stack:
        hanging = [stack.enter_context(Receiver(HANG)) for _ in range(8)]
        for number in range(64):
            ended(store, hanging[number % 8].url(), tenant="slow")
        shared = stack.enter_context(Receiver(*[HANG] * 4, 204))
        for _ in range(32):
            ended(store, shared.url(), tenant="slow, too")
        for number in range(3):
            ended(store, shared.url(path=f"/{number}"), tenant="well")
        began = time.monotonic()

        def arrived() -> set[str]:
            return {each.path for each in shared.received if each.path != "/hook?a=b"}

        send(store, lambda: len(arrived()) == 3, timeout_s=10)
        assert time.monotonic() - began < 5
