"""Judge0's routes over a file of SQLite: each test is the worker."""

import asyncio
import base64
import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.harness.judge0 import DEFAULT, PROGRAM, UNKNOWN, Judge0, files_in, zipped
from tests.harness.receiver import HANG, Receiver
from tests.harness.waiting import wait_for
from zuko.api.compat.judge0 import callbacks
from zuko.api.compat.judge0.options import CALLBACK_TRIES
from zuko.api.compat.judge0.storing import run_ids
from zuko.api.compat.judge0.view import FIELDS, View
from zuko.api.reading import LIGHT_CHARACTERS
from zuko.settings import Settings
from zuko.submissions import webhooks
from zuko.submissions.model import Outbox, State
from zuko.submissions.sqlite import SqliteStore
from zuko.submissions.webhooks import RETRIES_S, Webhooks


@pytest.fixture
def judge0(store: SqliteStore) -> Judge0:
    return Judge0(store)


def test_a_submission_from_queue_to_end(judge0: Judge0) -> None:
    token = judge0.submit(expected_output="1", stdin="é", memory_limit="65536")
    queued = judge0.shown(token)
    assert set(queued) == DEFAULT
    assert queued["status"] == {"id": 1, "description": "In Queue"}
    assert queued["time"] is queued["memory"] is queued["stdout"] is None
    claim = judge0.stored.claim()
    assert judge0.shown(token, "?fields=status_id,finished_at") == {"status_id": 2, "finished_at": None}
    judge0.stored.store.release(claim.hold, counted=False)
    judge0.finish()
    ended = judge0.shown(token, "?fields=*")
    assert ended["status"] == {"id": 3, "description": "Accepted"}
    assert (ended["time"], ended["wall_time"], ended["memory"]) == ("0.016", "0.017", 8616)
    assert (ended["cpu_time_limit"], ended["memory_limit"], ended["stdin"]) == ("5.0", 65536, "é")
    assert ended["language"]["name"].startswith("Python (3.")
    assert ended["finished_at"].endswith("Z")
    assert len(ended["finished_at"]) == len("2026-11-29T03:40:49.851Z")
    encoded = judge0.shown(
        token.upper(), "?base64_encoded=true&fields=stdin,stdout,expected_output,message,source_code"
    )
    assert encoded == {
        "stdin": "w6k=", "stdout": "MQo=", "expected_output": "MQ==", "message": None, "source_code": "cHJpbnQoMSk="
    }  # fmt: skip


def test_tokens_have_the_form_of_uuids_of_version_4(judge0: Judge0) -> None:
    """The official SDK takes no other: `Submission(token=...)`."""
    sent = {"submissions": [PROGRAM, {**PROGRAM, "number_of_runs": 2}]}
    batch = judge0.call("POST", "/submissions/batch", json=sent).json()
    tokens = [uuid.UUID(token) for token in (judge0.submit(), *(each["token"] for each in batch))]
    assert {(token.version, token.variant) for token in tokens} == {(4, uuid.RFC_4122)}
    assert len(set(tokens)) == 3


def test_a_response_waits_for_the_end(judge0: Judge0) -> None:
    async def wait() -> httpx2.Response:
        return await judge0.send("POST", "/submissions/?wait=true&fields=status_id,stdout", json=PROGRAM)

    response = judge0.stored.while_it_waits(wait, judge0.finish)
    assert response.status_code == 201
    assert response.json() == {"status_id": 3, "stdout": "1\n"}


def test_runs_are_repeated_until_one_is_not_accepted(judge0: Judge0) -> None:
    token = judge0.submit(number_of_runs=3, expected_output="1")
    judge0.finish()
    assert judge0.shown(token)["status"]["id"] == 1
    judge0.finish(time_used_ms=20.0)
    judge0.finish(b"2", time_used_ms=30.0)
    shown = judge0.shown(token, "?fields=status_id,stdout,time,number_of_runs")
    assert shown == {"status_id": 4, "stdout": "2", "time": "0.022", "number_of_runs": 3}
    listed = judge0.call("GET", "/submissions", headers={"X-Auth-User": "root"}).json()
    assert [each["token"] for each in listed["submissions"]] == [token]
    assert judge0.call("DELETE", f"/submissions/{token}?X-Auth-User=other").status_code == 200
    assert judge0.stored.store.depth().queued == 0
    assert judge0.call("GET", f"/submissions/{token}").status_code == 404


def test_outputs_that_are_not_text(judge0: Judge0) -> None:
    token = judge0.submit()
    judge0.finish(b"\xff")
    refused = judge0.call("GET", f"/submissions/{token}")
    assert refused.status_code == 400
    assert "use base64_encoded=true query parameter" in refused.json()["error"]
    assert judge0.shown(token, "?base64_encoded=true")["stdout"] == "/w=="
    assert judge0.shown(token, "?fields=status_id") == {"status_id": 3}

    async def wait() -> httpx2.Response:
        return await judge0.send("POST", "/submissions?wait=true", json=PROGRAM)

    waited = judge0.stored.while_it_waits(wait, lambda: judge0.finish(b"\xff"))
    assert waited.status_code == 201
    assert set(waited.json()) == {"token", "error"}


def test_long_outputs_are_read_in_a_thread(judge0: Judge0, monkeypatch: pytest.MonkeyPatch) -> None:
    """The event loop goes on meanwhile."""
    threads: list[bool] = []
    show = View.show

    def shown(view: View, *arguments: Any, **named: Any) -> Any:
        threads.append(threading.current_thread() is threading.main_thread())
        return show(view, *arguments, **named)

    monkeypatch.setattr(View, "show", shown)
    for stdout in (b"1", b"1" * LIGHT_CHARACTERS):
        token = judge0.submit()
        judge0.finish(stdout)
        assert judge0.shown(token)["stdout"] == stdout.decode()
    assert threads == [True, False]


def test_files_that_a_program_left(judge0: Judge0) -> None:
    """Those of the last run that counts, beside the source and the files of the request."""
    asked, shown = "?fields=post_execution_filesystem", "?fields=post_execution_filesystem,status_id"
    additional = zipped(("data/x", b"0"), ("y", b"1"))
    sent = {**PROGRAM, "additional_files": additional, "expected_output": "1", "number_of_runs": 2}
    token = judge0.call("POST", f"/submissions{asked}", json=sent).json()["token"]
    assert judge0.shown(token, shown) == {"post_execution_filesystem": None, "status_id": 1}
    left = [
        {"name": name, "content": base64.b64encode(content).decode(), "encoding": "base64"}
        for name, content in (("data/x", b"\xff"), ("..\\evil", b"2"), ("C:/evil", b"3"), ("a/C:", b""), ("z", b""))
    ]
    judge0.finish(artifacts=[], artifacts_skipped=[])
    judge0.finish(b"2", artifacts=left, artifacts_skipped=[])
    found = judge0.shown(token, shown)
    assert found["status_id"] == 4
    assert files_in(found["post_execution_filesystem"]) == {
        "main.py": b"print(1)",
        "data/x": b"\xff",
        "y": b"1",
        "a/C:": b"",
        "z": b"",
    }
    assert set(judge0.shown(token, "?fields=*")) == set(FIELDS)


@pytest.mark.parametrize("query", ["?fields=*", "?fields=nope,post_execution_filesystem", ""])
def test_files_are_kept_where_they_are_asked_for(judge0: Judge0, store: SqliteStore, query: str) -> None:
    batch = {"submissions": [PROGRAM]}
    (sent,) = judge0.call("POST", f"/submissions/batch{query}", json=batch).json()
    refused: dict[str, Any] = {"status": "COMPILE_ERROR", "reason": "compile_failed", "compile_output": "no"}
    judge0.finish(**refused)
    shown = judge0.shown(sent["token"], "?fields=post_execution_filesystem")["post_execution_filesystem"]
    assert (shown and files_in(shown)) == ({"main.py": b"print(1)"} if query else None)
    keeping = Judge0(store, judge0_keep_files=True)
    tokens = [keeping.submit(), keeping.submit()]
    keeping.finish(status="ERROR", reason="sandbox_error")
    keeping.stored.finish(state=State.FAILED, result=None)
    for token in tokens:
        assert keeping.shown(token, "?fields=post_execution_filesystem") == {"post_execution_filesystem": None}


def test_batches(judge0: Judge0) -> None:
    sent = [PROGRAM, {"language_id": 1234}, {**PROGRAM, "source_code": "print(2)"}]
    response = judge0.call("POST", "/submissions/batch", json={"submissions": sent})
    assert response.status_code == 201
    first, wrong, second = response.json()
    assert wrong == {"language_id": ["language with id 1234 doesn't exist"], "source_code": ["can't be blank"]}
    judge0.finish()
    path = f"/submissions/batch?tokens={second['token']},{UNKNOWN},{first['token']}&fields=source_code,status_id"
    assert judge0.call("GET", path).json() == {
        "submissions": [
            {"source_code": "print(2)", "status_id": 1},
            None,
            {"source_code": "print(1)", "status_id": 3},
        ]
    }
    assert judge0.call("POST", "/submissions/batch", json={"submissions": [{}]}).status_code == 422
    for body, message in (({}, "at least one"), ({"submissions": [PROGRAM] * 21}, "less than or equal to 20")):
        response = judge0.call("POST", "/submissions/batch", json=body)
        assert response.status_code == 400
        assert message in response.json()["error"]


def test_pages(judge0: Judge0) -> None:
    tokens = [judge0.submit() for _ in range(3)]
    headers = {"X-Auth-User": "root"}
    found = judge0.call("GET", "/submissions?page=2&per_page=2&fields=token", headers=headers).json()
    assert found["submissions"] == [{"token": tokens[0]}]
    assert found["meta"] == {
        "current_page": 2, "next_page": None, "prev_page": 1, "total_pages": 2, "total_count": 3
    }  # fmt: skip
    refused = judge0.call("GET", "/submissions?page=0", headers=headers)
    assert (refused.status_code, refused.json()) == (400, {"error": "invalid page: 0"})


def test_deletion(judge0: Judge0) -> None:
    token = judge0.submit()
    path, headers = f"/submissions/{token}", {"x-auth-user": "root"}
    refused = judge0.call("DELETE", path, headers=headers)
    assert refused.status_code == 400
    assert refused.json()["error"].endswith("because its status is 1 (In Queue)")
    judge0.finish()
    removed = judge0.call("DELETE", path, headers=headers)
    assert (removed.status_code, removed.json()["stdout"]) == (200, "MQo=")
    assert judge0.call("DELETE", path, headers=headers).status_code == 404


def test_forms_and_bodies_that_are_neither(judge0: Judge0) -> None:
    form = judge0.call("POST", "/submissions", data={"source_code": "é", "language_id": "71"})
    assert judge0.shown(form.json()["token"], "?fields=source_code") == {"source_code": "é"}
    for content in (b"[1]", b"", b"null"):
        assert judge0.call("POST", "/submissions", content=content).status_code == 422
    broken = judge0.call("POST", "/submissions", content=b"{")
    assert broken.status_code == 400
    assert set(broken.json()) == {"error"}
    unknown = judge0.call("POST", "/submissions?fields=x", json=PROGRAM)
    assert (unknown.status_code, unknown.json()) == (400, {"error": "invalid fields: [x]"})


def test_only_its_own_submissions_are_shown(judge0: Judge0) -> None:
    other = judge0.stored.submit()
    for token in (other, UNKNOWN, "nonsense"):
        assert judge0.call("GET", f"/submissions/{token}").status_code == 404


def test_tokens(store: SqliteStore) -> None:
    judge0 = Judge0(store, judge0_tokens="one,two")
    for path in ("/languages", "/about", "/version", "/config_info", "/workers", "/statistics"):
        refused = judge0.call("GET", path)
        assert (refused.status_code, refused.content) == (401, b"")
        assert judge0.call("GET", f"{path}?X-Auth-Token=two").status_code == 200
    assert judge0.call("POST", "/submissions", json=PROGRAM).status_code == 401
    token, user = {"X-Auth-Token": "one"}, {"X-Auth-User": "root"}
    assert judge0.call("POST", "/submissions", json=PROGRAM, headers=token).status_code == 201
    for path, headers, status_code in (
        ("/authenticate", {}, 401),
        ("/authenticate", {"X-Auth-Token": "three"}, 401),
        ("/authenticate", token, 200),
        ("/authorize", user, 401),
        ("/authorize", token, 403),
        ("/authorize?X-Auth-User=%C3%A9", token, 403),
        ("/authorize", token | user, 200),
    ):
        response = judge0.call("POST", path, headers=headers)
        assert (response.status_code, response.content) == (status_code, b""), (path, headers)


def test_without_tokens_of_administrators_nothing_is_listed(store: SqliteStore) -> None:
    judge0 = Judge0(store, judge0_admin_tokens="")
    assert judge0.call("POST", "/authenticate").status_code == 200
    assert judge0.call("GET", "/submissions", headers={"X-Auth-User": ""}).status_code == 403
    assert judge0.call("GET", "/config_info").json()["enable_submission_delete"] is False


def test_a_full_queue(store: SqliteStore) -> None:
    judge0 = Judge0(store, submissions_max=1)
    judge0.submit()
    refused = judge0.call("POST", "/submissions?wait=true", json=PROGRAM)
    assert (refused.status_code, refused.json()) == (503, {"error": "queue is full"})


def test_a_body_that_is_too_large(store: SqliteStore) -> None:
    judge0 = Judge0(store, judge0_body_limit_bytes=1024)
    refused = judge0.call("POST", "/submissions", json={**PROGRAM, "stdin": "x" * 1024})
    assert (refused.status_code, set(refused.json())) == (413, {"error"})


def test_a_source_that_is_too_large_is_named(judge0: Judge0) -> None:
    refused = judge0.call("POST", "/submissions", json={**PROGRAM, "source_code": "#" * (256 * 1024 + 1)})
    assert refused.status_code == 422
    assert refused.json() == {"source_code": ["code is larger than 262144 bytes"]}


def test_tenants_see_their_own(store: SqliteStore) -> None:
    judge0 = Judge0(store, tenant_header="X-Tenant")
    mine, other = {"X-Tenant": "mine"}, {"X-Tenant": "other"}
    token = judge0.call("POST", "/submissions", json=PROGRAM, headers=mine).json()["token"]
    assert judge0.call("GET", f"/submissions/{token}", headers=mine).status_code == 200
    assert judge0.call("GET", f"/submissions/{token}", headers=other).status_code == 404
    refused = judge0.call("POST", "/submissions", json=PROGRAM)
    assert refused.status_code == 422
    assert refused.json() == {"error": "the header X-Tenant must name the tenant, with 1 to 200 characters"}


@pytest.mark.parametrize("method", ["POST", "DELETE", "GET"])
def test_pages_of_any_site_may_ask(judge0: Judge0, method: str) -> None:
    asked = {
        "origin": "https://ide.example",
        "access-control-request-method": method,
        "access-control-request-headers": "content-type,x-auth-token,x-auth-user,x-rapidapi-key",
    }
    allowed = judge0.call("OPTIONS", "/submissions/", headers=asked)
    assert allowed.status_code == 200
    assert method in allowed.headers["access-control-allow-methods"]
    assert "x-rapidapi-key" in allowed.headers["access-control-allow-headers"].lower()
    response = judge0.call("GET", "/languages", headers={"origin": "https://ide.example"})
    assert response.headers["access-control-allow-origin"] == "*"


def test_what_it_reports(judge0: Judge0) -> None:
    judge0.submit()
    assert judge0.call("GET", "/about").json()["version"] == "1.13.1"
    assert judge0.call("GET", "/version").text == "1.13.1"
    described = judge0.call("GET", "/languages/54").json()
    assert (described["source_file"], described["is_archived"]) == ("main.cpp", False)
    assert "g++" in described["compile_cmd"]
    assert judge0.call("GET", "/languages/34").json()["is_archived"] is True
    assert judge0.call("GET", "/languages/x").status_code == 404
    everything = judge0.call("GET", "/languages/all").json()
    assert any(each["is_archived"] for each in everything)
    assert {each["id"] for each in judge0.call("GET", "/languages").json()} < {each["id"] for each in everything}
    counted = judge0.call("GET", "/statistics").json()
    assert counted["submissions"]["total"] == counted["submissions"]["today"] == 1
    assert counted["languages"] == [{"language": {"id": 71, "name": language_name(judge0)}, "count": 1}]
    assert judge0.call("GET", "/workers").json()[0]["size"] == 1
    assert judge0.call("GET", "/system_info").json()["Architecture"]
    missing = judge0.call("GET", "/submissions/a/b")
    assert (missing.status_code, set(missing.json())) == (404, {"error"})


def language_name(judge0: Judge0) -> str:
    name: str = judge0.call("GET", "/languages/71").json()["name"]
    return name


def test_a_submission_that_failed_or_was_cancelled_is_an_internal_error(judge0: Judge0) -> None:
    token = judge0.submit()
    judge0.stored.finish(state=State.FAILED, result=None)
    assert judge0.shown(token)["status"]["id"] == 13
    cancelled = judge0.submit()
    judge0.stored.store.cancel("", cancelled)
    shown = judge0.shown(cancelled)
    assert (shown["status"]["id"], shown["message"]) == (13, "the submission was cancelled")


def host_of(url: str) -> str:
    return url.removeprefix("http://").partition("/")[0]


def send_callbacks(store: SqliteStore, url: str, until: Callable[[], object], **settings: Any) -> None:
    """Be a process that has the façade, and that did not take the submissions, until something has happened."""
    process = Judge0(store, judge0_callback_hosts=host_of(url), **settings)
    deliver = process.stored.app.state.service.station.deliver
    outbox = Webhooks(store, Settings(**settings), deliver, retries_s=(0.05,) * 7)

    async def run() -> None:
        sending = asyncio.create_task(outbox.run())
        await asyncio.to_thread(wait_for, until, 10, "a callback")
        sending.cancel()
        await asyncio.wait({sending})

    asyncio.run(run())


def state_of(store: SqliteStore, token: str) -> str | None:
    stored = store.get("", token)
    return None if stored is None or stored.webhook is None else stored.webhook.state


def test_callbacks_survive_the_process_that_took_the_submission(store: SqliteStore) -> None:
    with Receiver(302) as receiver:
        url = receiver.url(path="/done?a=b+c")
        judge0 = Judge0(store, judge0_callback_hosts=host_of(url))
        token = judge0.submit(callback_url=url)
        judge0.finish()
        Judge0(store)  # a process without the façade's hosts sends none
        assert store.due_hooks(5, 30, outbox=Outbox.WEBHOOKS) == []
        send_callbacks(store, url, lambda: state_of(store, token) == "delivered")
    (received,) = receiver.received  # any status is a success, and no redirect is followed
    body = json.loads(received.body)
    assert set(body) == DEFAULT
    assert (body["token"], body["stdout"], body["status"]["id"]) == (token, "MQo=", 3)
    assert received.path == "/done?a=b+c"
    assert judge0.shown(token, "?fields=callback_url") == {"callback_url": url}


def test_several_runs_have_one_callback(store: SqliteStore) -> None:
    """When the last of them has ended, which need not be the last that was begun."""
    with Receiver(200) as receiver:
        url = receiver.url()
        judge0 = Judge0(store, judge0_callback_hosts=host_of(url))
        token = judge0.submit(callback_url=url, number_of_runs=3)
        judge0.finish(b"2")
        send_callbacks(store, url, lambda: (found := store.get("", token)) and found.webhook and found.webhook.tries)
        assert not receiver.received
        judge0.finish(b"2")
        judge0.finish(b"2")
        ids = run_ids(token, 3)
        send_callbacks(store, url, lambda: {state_of(store, each) for each in ids} == {"delivered"})
        assert len(receiver.received) == 1


def test_a_callback_without_a_connection_is_sent_again(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """`localhost` is on the list, but its address is not public: a name may come to lead anywhere."""
    monkeypatch.setattr(webhooks, "PAUSE_S", 0.05)
    with Receiver(200) as receiver:
        url = receiver.url("localhost", "/x")
        judge0 = Judge0(store, judge0_callback_hosts=host_of(url))
        token = judge0.submit(callback_url=url)
        judge0.finish()
        send_callbacks(store, url, lambda: state_of(store, token) == "undelivered")
    assert not receiver.received
    found = store.get("", token)
    assert found is not None
    assert found.webhook is not None
    assert (found.webhook.tries, "not public" in str(found.webhook.error)) == (CALLBACK_TRIES, True)
    assert len(RETRIES_S) + 1 == CALLBACK_TRIES


def test_a_receiver_that_hangs_is_called_once(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "CALLBACK_TIMEOUT_S", 0.2)
    with Receiver(HANG) as receiver:
        url = receiver.url()
        judge0 = Judge0(store, judge0_callback_hosts=host_of(url))
        token = judge0.submit(callback_url=url)
        judge0.finish()
        send_callbacks(store, url, lambda: state_of(store, token) == "delivered")
    assert len(receiver.received) == 1


def test_a_host_that_is_listed_no_more_is_not_called(store: SqliteStore) -> None:
    with Receiver(200) as receiver:
        url = receiver.url()
        judge0 = Judge0(store, judge0_callback_hosts=host_of(url))
        token = judge0.submit(callback_url=url)
        judge0.finish()
        send_callbacks(store, "http://other.example", lambda: state_of(store, token) == "delivered")
    assert not receiver.received
