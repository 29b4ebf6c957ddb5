"""The routes of stored submissions over a file of SQLite: each test is the worker."""

import asyncio
import json
import threading
from typing import Any, Final

import pytest

from tests.harness.route_claims.submissions import HOOKED, error
from tests.harness.stored import JUDGED, PROGRAM, RESULT, StoredApi
from tests.harness.waiting import wait_for
from zuko.api import reading
from zuko.submissions.model import State, StoredSubmission
from zuko.submissions.sqlite import SqliteStore

SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
UNKNOWN: Final = "01980f3e-6d1c-7a52-9a54-0c6f2f4f6b1d"


@pytest.fixture
def stored(store: SqliteStore) -> StoredApi:
    return StoredApi(store, webhook_secrets=SECRET)


def test_large_requests_that_clients_are_slow_to_read_are_bounded(store: SqliteStore) -> None:
    """A thousand readers of 64 MiB would take the memory; what is small is read by any number."""
    limits = dict.fromkeys(("body_limit_bytes", "judge_body_limit_bytes", "bodies_limit_bytes"), 6 << 20)
    stored = StoredApi(store, **limits)
    large = stored.submit({**JUDGED, "cases": [{"input": "x" * (4 << 20), "output": ""}]})
    small = stored.submit(PROGRAM)
    path = f"/api/v1/submissions/{large}/request"

    async def read_all() -> list[int]:
        reading, may_read = asyncio.Event(), asyncio.Event()

        async def slow(message: Any) -> None:
            if message["type"] == "http.response.body":
                reading.set()
                await may_read.wait()

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
        first = asyncio.create_task(stored.app(scope, receive, slow))
        await reading.wait()
        statuses = [(await stored.send("GET", f"/{each}/request")).status_code for each in (large, small)]
        may_read.set()
        await first
        return [*statuses, (await stored.send("GET", f"/{large}/request")).status_code]

    assert asyncio.run(read_all()) == [503, 200, 200]


@pytest.mark.parametrize(
    ("change", "place", "kind"),
    [
        ({"language": "klingon"}, ["body", "language"], "out_of_bounds"),
        ({"timeout": 21}, ["body", "timeout"], "out_of_bounds"),
        ({"code": None}, ["body", "code"], "string_type"),
        ({"cod": ""}, ["body", "cod"], "extra_forbidden"),
        ({"priority": 11}, ["body", "priority"], "less_than_equal"),
        ({"labels": {"a b": ""}}, ["body", "labels", "a b", "[key]"], "string_pattern_mismatch"),
        ({"labels": {"a": "\0"}}, ["body", "labels", "a"], "string_pattern_mismatch"),
        ({"labels": {str(n): "" for n in range(17)}}, ["body", "labels"], "too_long"),
        ({"webhook": "ftp://a.example/"}, ["body", "webhook"], "string_pattern_mismatch"),
        ({"webhook": "http://"}, ["body", "webhook"], "out_of_bounds"),
        ({"webhook": "http://a:b@c.example/"}, ["body", "webhook"], "out_of_bounds"),
        ({"webhook": "http://c.example:99999/"}, ["body", "webhook"], "out_of_bounds"),
        ({"cases": []}, ["body", "cases"], "too_short"),
        (
            {"cases": [{"output": ""}], "checker": {"language": "klingon", "code": ""}},
            ["body", "checker"],
            "out_of_bounds",
        ),
    ],
)
def test_admission_comes_before_the_queue(
    stored: StoredApi, change: dict[str, Any], place: list[str], kind: str
) -> None:
    """What no worker would accept is refused at once, and names its field and limit."""
    response = stored.call("POST", json={**PROGRAM, **change})
    assert error(response) == (422, place, kind)
    assert stored.store.depth().queued == 0


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999"])
def test_a_number_that_json_does_not_have_is_refused(stored: StoredApi, number: str) -> None:
    """It would be read with the request, whose JSON no other parser takes."""
    body = json.dumps({**PROGRAM, "metadata": {"a": [{"b": 1e308}, {"b": "x"}]}}).replace('"x"', number)
    response = stored.call("POST", content=body, headers={"content-type": "application/json"})
    assert error(response) == (422, ["body", "metadata", "a"], "finite_number")


def test_an_unknown_parameter_is_refused(stored: StoredApi) -> None:
    """A list would have more than was asked for."""
    response = stored.call("GET", "?labl=team%3D7")
    assert error(response) == (422, ["query", "labl"], "extra_forbidden")
    assert response.json()["detail"][0]["msg"] == "unknown parameter"


def test_without_a_secret_there_are_no_webhooks(store: SqliteStore) -> None:
    response = StoredApi(store).call("POST", json=HOOKED)
    assert error(response) == (422, ["body", "webhook"], "out_of_bounds")
    assert "ZUKO_WEBHOOK_SECRETS" in response.text


def test_a_checkers_language_is_needed_too(stored: StoredApi) -> None:
    stored.submit({**JUDGED, "checker": {"language": "cpp", "code": "int main(){}"}})
    assert stored.store.claim("worker", frozenset({"python"}), 1) == []
    assert len(stored.store.claim("worker", frozenset({"python", "cpp"}), 1)) == 1


@pytest.mark.parametrize("key", ["", "a b", "k" * 256, "\x7f"])
def test_a_key_has_a_form(stored: StoredApi, key: str) -> None:
    response = stored.call("POST", json=PROGRAM, headers={"idempotency-key": key})
    assert error(response) == (422, ["header", "Idempotency-Key"], "out_of_bounds")


def test_a_race_of_one_key_stores_one_submission(stored: StoredApi) -> None:
    answers: list[tuple[int, str]] = []
    start = threading.Barrier(8)

    def send() -> None:
        start.wait()
        response = stored.call("POST", json=PROGRAM, headers={"idempotency-key": "k"})
        answers.append((response.status_code, response.json()["id"]))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1
    assert answers[0][0] == 202
    assert stored.store.depth().queued == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/events"),
        ("GET", "/attempts"),
        ("GET", "/request"),
        ("POST", "/rejudge"),
        ("POST", "/webhook"),
        ("DELETE", ""),
    ],
)
@pytest.mark.parametrize("unknown", [UNKNOWN, "x", "%00", "é" * 300])
def test_an_unknown_id_is_not_found(stored: StoredApi, method: str, path: str, unknown: str) -> None:
    response = stored.call(method, f"/{unknown}{path}")
    assert error(response) == (404, ["path", "id"], "not_found")
    assert len(response.content) < 400


def test_a_wait_gets_the_end_without_another_look(stored: StoredApi, monkeypatch: pytest.MonkeyPatch) -> None:
    submission_id = stored.submit()
    stored.call("GET", f"/{submission_id}?wait=0.2")  # the first listener of a file is rung for once for nothing
    looks: list[str] = []
    get = stored.store.get

    def counted(tenant: str, wanted: str) -> StoredSubmission | None:
        looks.append(wanted)
        return get(tenant, wanted)

    monkeypatch.setattr(stored.store, "get", counted)
    monkeypatch.setattr(reading, "PAUSE_MIN_S", 10.0)
    claim = stored.claim()

    def finish() -> None:
        wait_for(lambda: looks, 10, "the first look")
        assert stored.store.finish(claim.hold, State.DONE, result=RESULT, receipt='{"host":"one"}')

    response = stored.while_it_waits(lambda: stored.send("GET", f"/{submission_id}?wait=30"), finish)
    assert looks == [submission_id]
    assert response.content == stored.call("GET", f"/{submission_id}").content  # as the store has it


def test_a_wait_has_an_end_and_bounds(stored: StoredApi) -> None:
    submission_id = stored.submit()
    response = stored.call("GET", f"/{submission_id}?wait=0.2")
    assert (response.status_code, response.json()["state"]) == (200, "queued")
    for wait in ("61", "-1", "x", "nan"):
        assert error(stored.call("GET", f"/{submission_id}?wait={wait}"))[:2] == (422, ["query", "wait"])


def test_a_drain_ends_waits_at_once(stored: StoredApi) -> None:
    """The client gets the state as it is, and asks another process."""
    submission_id = stored.submit()
    response = stored.while_it_waits(lambda: stored.send("GET", f"/{submission_id}?wait=30"), stored.drain)
    assert (response.status_code, response.json()["state"]) == (200, "queued")
    assert response.elapsed.total_seconds() < 5


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("stat=done", "stat"),
        ("state=finished", "state"),
        ("language=klingon", "language"),
        ("label=x", "label"),
        ("created_from=yesterday", "created_from"),
        ("created_from=2026-01-01T00:00:00", "created_from"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=x", "cursor"),
        ("problem=@1", "problem"),
    ],
)
def test_a_wrong_filter_is_refused(stored: StoredApi, query: str, place: str) -> None:
    """Also one that does not exist: a list of everything is not what was meant."""
    response = stored.call("GET", f"?{query}")
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"][1] == place


def test_a_body_is_bounded(store: SqliteStore) -> None:
    """A submission may be as large as a request to judge, and other bodies may not."""
    stored = StoredApi(store, judge_body_limit_bytes=20 << 20, body_limit_bytes=12 << 20)
    large = {**JUDGED, "cases": [{"input": "x" * (13 << 20), "output": ""}]}
    assert stored.call("POST", json=large).status_code == 202
    assert stored.call("POST", "/batch", json={"submissions": [large]}).status_code == 202
    assert error(stored.call("POST", "/rejudge", json={"problem": "x" * (13 << 20)}))[0] == 413
    larger = {**JUDGED, "cases": [{"input": "x" * (21 << 20), "output": ""}]}
    assert error(stored.call("POST", json=larger))[0] == 413


@pytest.mark.parametrize(("content", "why"), [(None, "missing"), (b"other", "damaged")])
def test_a_request_whose_part_is_lost_is_not_shown(
    stored: StoredApi, store: SqliteStore, monkeypatch: pytest.MonkeyPatch, content: bytes | None, why: str
) -> None:
    submission_id = stored.submit({**PROGRAM, "code": "x" * 5000})
    monkeypatch.setattr(store, "get_part", lambda _: content)
    response = stored.call("GET", f"/{submission_id}/request")
    assert response.status_code == 503
    assert response.json()["message"].endswith(f"of a submission is {why}")


def test_a_version_that_no_problem_can_have_is_refused(stored: StoredApi) -> None:
    """A database's integers have an end."""
    too_large = 2**63
    submission_id = stored.submit(PROGRAM)
    one = stored.call("POST", f"/{submission_id}/rejudge?judge_by={too_large}")
    assert error(one) == (422, ["query", "judge_by"], "less_than_equal")
    many = stored.call("POST", "/rejudge", json={"problem": "sum", "judge_by": too_large})
    assert error(many) == (422, ["body", "judge_by"], "less_than_equal")


def test_keys_of_batches_and_of_submissions_are_apart(stored: StoredApi) -> None:
    single = stored.call("POST", json=PROGRAM, headers={"idempotency-key": "a#0"})
    batch = stored.call("POST", "/batch", json={"submissions": [PROGRAM]}, headers={"idempotency-key": "a"})
    assert (single.status_code, batch.status_code) == (202, 202)
    assert batch.json()["submissions"][0]["id"] != single.json()["id"]
