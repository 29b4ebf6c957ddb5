"""The claims of the routes of stored submissions, for every store: a test is the worker."""

import json
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from tests.harness.stored import JUDGED, PROGRAM, RESULT, StoredApi
from zuko.submissions import parts
from zuko.submissions.model import LOSSES_MAX, NewProblem, ProblemFile, State
from zuko.submissions.packing import Details
from zuko.submissions.store import Store
from zuko.wire.submissions import (
    AttemptsResponse,
    QueueResponse,
    SubmissionResponse,
    SubmissionsResponse,
    SubmittedResponse,
)

HOOKED: Final = {**PROGRAM, "webhook": "https://contest.example/hook"}


def read(stored: StoredApi, submission_id: str) -> SubmissionResponse:
    response = stored.call("GET", f"/{submission_id}")
    assert response.status_code == 200, response.text
    return SubmissionResponse.model_validate_json(response.content)


def error(response: Any) -> tuple[int, list[Any], str]:
    (found,) = response.json()["detail"]
    return response.status_code, found["loc"], found["type"]


def a_submission_is_stored_done_and_read(stored: StoredApi) -> None:
    before = datetime.now(UTC)
    body = {**JUDGED, "priority": 3, "labels": {"team": "7", "contest": "spring"}}
    response = stored.call("POST", json=body)
    submitted = SubmittedResponse.model_validate_json(response.content)
    assert response.headers["location"] == submitted.url == f"/api/v1/submissions/{submitted.id}"
    assert submitted.state == "queued"
    queued = read(stored, submitted.id)
    assert (queued.kind, queued.state, queued.language, queued.priority) == ("judge", "queued", "python", 3)
    assert queued.labels == {"team": "7", "contest": "spring"}
    assert (queued.attempt, queued.started_at, queued.ended_at, queued.result) == (0, None, None, None)
    assert before.timestamp() - 1 < queued.created_at.timestamp() < datetime.now(UTC).timestamp() + 1
    claim = stored.claim()
    assert claim.hold.id == submitted.id
    running = read(stored, submitted.id)
    assert (running.state, running.attempt, running.result) == ("running", 1, None)
    assert stored.store.finish(claim.hold, State.DONE, result=RESULT, receipt='{"host":"a"}')
    done = read(stored, submitted.id)
    assert (done.state, done.result, done.receipt) == ("done", json.loads(RESULT), {"host": "a"})
    assert done.created_at <= (done.started_at or before) <= (done.ended_at or before)


def the_request_can_be_read_and_sent_again(stored: StoredApi) -> None:
    """Also what was divided: a large input comes back in its place."""
    body = {
        **JUDGED,
        "language": "py",
        "cases": [{"input": "ß" * 5000, "output": "1\n"}, {"input": "ß" * 5000, "output": "x\u2028" * 3000}],
        "labels": {"a": "b"},
    }
    submission_id = stored.submit(body)
    response = stored.call("GET", f"/{submission_id}/request")
    assert response.json() == body
    assert stored.submit(response.json()) != submission_id


def the_same_key_is_the_same_submission(stored: StoredApi) -> None:
    first = stored.call("POST", json=PROGRAM, headers={"idempotency-key": "k"})
    assert "idempotency-replayed" not in first.headers
    stored.finish()
    again = stored.call("POST", json=dict(reversed(PROGRAM.items())), headers={"idempotency-key": "k"})
    assert (again.status_code, again.headers["idempotency-replayed"]) == (202, "true")
    assert again.json() == {**first.json(), "state": "done"}
    for other in ({**PROGRAM, "code": "print(2)"}, {**PROGRAM, "priority": 1}, {**PROGRAM, "labels": {"a": "b"}}):
        refused = stored.call("POST", json=other, headers={"idempotency-key": "k"})
        assert error(refused) == (409, ["header", "Idempotency-Key"], "key_conflict")
    assert stored.submit(idempotency_key="other") != first.json()["id"]


def a_batch_is_stored_in_its_order_or_not_at_all(stored: StoredApi) -> None:
    batch = {"submissions": [PROGRAM, JUDGED, {**PROGRAM, "labels": {"n": "3"}}]}
    response = stored.call("POST", "/batch", json=batch, headers={"idempotency-key": "b"})
    assert response.status_code == 202
    ids = [each["id"] for each in response.json()["submissions"]]
    assert [read(stored, each).kind for each in ids] == ["execute", "judge", "execute"]
    again = stored.call("POST", "/batch", json=batch, headers={"idempotency-key": "b"})
    assert [each["id"] for each in again.json()["submissions"]] == ids
    more = {"submissions": [*batch["submissions"], PROGRAM]}
    assert stored.call("POST", "/batch", json=more, headers={"idempotency-key": "b"}).status_code == 409
    wrong = {"submissions": [PROGRAM, {**PROGRAM, "language": "klingon"}]}
    assert error(stored.call("POST", "/batch", json=wrong)) == (
        422,
        ["body", "submissions", 1, "language"],
        "out_of_bounds",
    )
    assert error(stored.call("POST", "/batch", json={"submissions": [PROGRAM] * 101}))[2] == "too_long"
    assert error(stored.call("POST", "/batch", json={"submissions": []}))[2] == "too_short"
    assert stored.store.depth().queued == 3


def a_full_queue_refuses_and_names_its_bound(store: Store) -> None:
    stored = StoredApi(store, submissions_max=3, submissions_tenant_max=2, tenant_header="X-Team")
    for _ in range(2):
        stored.submit(x_team="a")
    full = stored.call("POST", json=PROGRAM, headers={"x-team": "a"})
    assert (full.status_code, full.json()["reason"]) == (429, "no_capacity")
    assert "2 submissions of yours" in full.json()["message"]
    assert int(full.headers["retry-after"]) > 0
    batch = {"submissions": [PROGRAM, PROGRAM]}
    assert stored.call("POST", "/batch", json=batch, headers={"x-team": "b"}).status_code == 503
    assert stored.store.depth("b").queued == 0
    stored.submit(x_team="b")
    assert stored.call("POST", json=PROGRAM, headers={"x-team": "c"}).status_code == 503


def tenants_do_not_see_each_other(store: Store) -> None:
    stored = StoredApi(store, tenant_header="X-Team")
    mine, theirs = {"x-team": "a"}, {"x-team": "b"}
    submission_id = stored.submit(x_team="a", idempotency_key="k")
    assert stored.submit(x_team="b", idempotency_key="k") != submission_id
    stored.finish()
    for method, path in (
        ("GET", ""),
        ("GET", "/events"),
        ("GET", "/attempts"),
        ("GET", "/request"),
        ("POST", "/rejudge"),
        ("POST", "/webhook"),
        ("DELETE", ""),
    ):
        refused = stored.call(method, f"/{submission_id}{path}", headers=theirs)
        assert error(refused) == (404, ["path", "id"], "not_found"), path
        assert refused.content == stored.call(method, f"/{submission_id}{path}", headers={"x-team": "c"}).content
    listed = {each["id"] for each in stored.call("GET", headers=theirs).json()["submissions"]}
    assert len(listed) == 1
    assert submission_id not in listed
    nothing = stored.call("POST", "/rejudge", json={"language": "python", "states": ["done"]}, headers=theirs)
    assert nothing.json() == {"queued": []}
    assert stored.call("GET", f"/{submission_id}", headers=mine).json()["state"] == "done"
    for method, path in (("GET", ""), ("POST", ""), ("GET", f"/{submission_id}"), ("DELETE", f"/{submission_id}")):
        unnamed = stored.call(method, path, json=PROGRAM if method == "POST" else None)
        assert error(unnamed) == (422, ["header", "X-Team"], "missing")


def a_wait_ends_with_the_submission(stored: StoredApi) -> None:
    submission_id = stored.submit()
    response = stored.while_it_waits(lambda: stored.send("GET", f"/{submission_id}?wait=30"), stored.finish)
    assert response.json()["state"] == "done"
    assert response.elapsed.total_seconds() < 5


def delete_cancels_then_removes(stored: StoredApi, claimed: bool) -> None:
    submission_id = stored.submit()
    claim = stored.claim() if claimed else None
    assert error(stored.call("DELETE", f"/{submission_id}?only=remove")) == (409, ["path", "id"], "not_ended")
    response = stored.call("DELETE", f"/{submission_id}")
    assert response.status_code == 202
    assert response.json() == {"id": submission_id, "state": "running" if claimed else "cancelled"}
    if claim:
        assert stored.store.renew("worker", [claim.hold]).cancelled == {submission_id}
        assert stored.store.finish(claim.hold, State.CANCELLED)
    assert read(stored, submission_id).state == "cancelled"
    assert error(stored.call("DELETE", f"/{submission_id}?only=cancel")) == (409, ["path", "id"], "ended")
    assert stored.call("DELETE", f"/{submission_id}").status_code == 204
    assert stored.call("GET", f"/{submission_id}").status_code == 404
    assert stored.call("DELETE", f"/{submission_id}").status_code == 404


def rejudging_keeps_former_attempts(stored: StoredApi) -> None:
    submission_id = stored.submit()
    stored.finish(result='{"n": 1}')
    response = stored.call("POST", f"/{submission_id}/rejudge")
    assert (response.status_code, response.json()) == (202, {"queued": [submission_id]})
    assert read(stored, submission_id).state == "queued"
    assert error(stored.call("POST", f"/{submission_id}/rejudge")) == (409, ["path", "id"], "not_ended")
    stored.finish(result='{"n": 2}')
    assert read(stored, submission_id).result == {"n": 2}
    response = stored.call("GET", f"/{submission_id}/attempts")
    attempts = AttemptsResponse.model_validate_json(response.content).attempts
    assert [(each.number, each.state, each.result) for each in attempts] == [
        (1, "done", {"n": 1}),
        (2, "done", {"n": 2}),
    ]
    no_problem = stored.call("POST", f"/{submission_id}/rejudge?judge_by=2")
    assert error(no_problem) == (422, ["query", "judge_by"], "out_of_bounds")


def rejudging_by_a_filter(stored: StoredApi) -> None:
    first, _, third = (stored.submit({**PROGRAM, "labels": {"n": n}}) for n in ("1", "2", "1"))
    stored.finish()
    assert stored.call("POST", "/rejudge", json={"labels": {"n": "1"}}).json() == {"queued": [first]}
    assert error(stored.call("POST", "/rejudge", json={}))[0] == 422
    assert error(stored.call("POST", "/rejudge", json={"judge_by": 3}))[1] == ["body", "judge_by"]
    assert error(stored.call("POST", "/rejudge", json={"language": "klingon"}))[1] == ["body", "language"]
    assert error(stored.call("POST", "/rejudge", json={"problem": "a@0"}))[1] == ["body", "problem"]
    assert stored.call("DELETE", f"/{third}").json()["state"] == "cancelled"
    wanted = {"labels": {"n": "1"}, "states": ["cancelled"]}
    assert stored.call("POST", "/rejudge", json=wanted).json() == {"queued": [third]}


def rejudging_keeps_to_the_bounds_of_the_queue(store: Store) -> None:
    stored = StoredApi(store, submissions_max=3, submissions_tenant_max=2)
    ended = [stored.submit({**PROGRAM, "labels": {"n": "1"}}) for _ in range(2)]
    for _ in ended:
        stored.finish()
    stored.submit()
    full = stored.call("POST", "/rejudge", json={"labels": {"n": "1"}})
    assert (full.status_code, full.headers["retry-after"]) == (429, "5")
    assert "2" in full.json()["message"]
    assert stored.call("POST", f"/{ended[0]}/rejudge").status_code == 202
    assert stored.call("POST", f"/{ended[1]}/rejudge").status_code == 429
    assert read(stored, ended[1]).state == "done"


def lost_attempts_are_listed(stored: StoredApi) -> None:
    submission_id = stored.submit()
    assert stored.store.release(stored.claim().hold, message="its worker was shut down", counted=False)
    for _ in range(LOSSES_MAX):
        assert stored.store.release(stored.claim().hold, reason="sandbox_error", message="it broke", counted=True)
    failed = read(stored, submission_id)
    assert (failed.state, failed.reason, failed.message) == ("failed", "sandbox_error", "it broke")
    response = stored.call("GET", f"/{submission_id}/attempts")
    attempts = AttemptsResponse.model_validate_json(response.content).attempts
    assert [(each.state, each.reason, each.message) for each in attempts] == [
        ("given_back", None, "its worker was shut down"),
        ("lost", "sandbox_error", "it broke"),
        ("lost", "sandbox_error", "it broke"),
        ("failed", "sandbox_error", "it broke"),
    ]


def a_list_has_filters(stored: StoredApi) -> None:
    first = stored.submit({**PROGRAM, "labels": {"team": "7", "round": "1"}})
    second = stored.submit({**JUDGED, "language": "cpp", "labels": {"team": "7"}})
    stored.finish()
    hooked = stored.submit(HOOKED)
    created = read(stored, second).created_at
    expected: dict[str, list[str]] = {
        "": [hooked, second, first],
        "state=done": [first],
        "state=done&state=queued": [hooked, second, first],
        "kind=judge": [second],
        "language=c%2B%2B": [second],
        "label=team=7": [second, first],
        "label=team=7&label=round=1": [first],
        "label=team=8": [],
        f"created_from={created.isoformat().replace('+', '%2B')}": [hooked, second],
        f"created_before={created.isoformat().replace('+', '%2B')}": [first],
        "webhook_state=waiting": [hooked],
        "problem=sum": [],
        "problem=sum@3": [],
    }
    for query, ids in expected.items():
        response = stored.call("GET", f"?{query}")
        page = SubmissionsResponse.model_validate_json(response.content)
        assert [each.id for each in page.submissions] == ids, query
        assert all(each.result is None for each in page.submissions)


def pages_have_every_submission_once(stored: StoredApi) -> None:
    """Also when others are submitted meanwhile."""
    ids = [stored.submit() for _ in range(7)]
    found: list[str] = []
    cursor = ""
    while True:
        page = stored.call("GET", f"?limit=3{cursor}").json()
        found += [each["id"] for each in page["submissions"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
        stored.submit()
    assert found == ids[::-1]


def a_webhook_is_seen_and_sent_again(stored: StoredApi) -> None:
    submission_id = stored.submit(HOOKED)
    webhook = read(stored, submission_id).webhook
    assert webhook is not None
    assert (webhook.url, webhook.state, webhook.tries) == (HOOKED["webhook"], "waiting", 0)
    assert error(stored.call("POST", f"/{submission_id}/webhook")) == (409, ["path", "id"], "not_ended")
    stored.finish()
    (hook,) = stored.store.due_hooks(5, 30)
    stored.store.hook_failed(hook, "the response was 500", None)
    webhook = read(stored, submission_id).webhook
    assert webhook is not None
    assert (webhook.state, webhook.tries, webhook.error) == ("undelivered", 1, "the response was 500")
    listed = stored.call("GET", "?webhook_state=undelivered").json()["submissions"]
    assert [each["id"] for each in listed] == [submission_id]
    response = stored.call("POST", f"/{submission_id}/webhook")
    assert (response.status_code, response.json()["state"]) == (202, "due")
    assert len(stored.store.due_hooks(5, 30)) == 1
    assert error(stored.call("POST", f"/{stored.submit()}/webhook")) == (409, ["path", "id"], "no_webhook")


def the_queue_is_seen(store: Store) -> None:
    stored = StoredApi(store, tenant_header="X-Team")
    for team in ("a", "b", "b"):
        stored.submit(x_team=team)
    stored.claim()
    response = stored.call("GET", "/api/v1/queue", headers={"x-team": "b"})
    queue = QueueResponse.model_validate_json(response.content)
    assert (queue.queued, queue.running, queue.workers) == (2, 1, [])
    assert queue.yours is not None
    assert queue.yours.queued + queue.yours.running == 2
    assert stored.call("GET", "/api/v1/queue").json()["yours"] is None


def a_large_input_is_stored_once(stored: StoredApi, monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []
    put = stored.store.put_parts

    def record(parts: dict[str, bytes]) -> None:
        counts.append(len(parts))
        put(parts)

    monkeypatch.setattr(stored.store, "put_parts", record)
    body = {**JUDGED, "cases": [{"input": "x" * 5000, "output": "y" * 5000}]}
    for _ in range(3):
        stored.submit(body)
    assert counts == [2]


def a_stored_problem_is_named(stored: StoredApi) -> None:
    """By its newest version now, whatever comes later, until it is judged again."""
    details = Details(1000, 1 << 27, False, False, 0, None, 1 << 17)

    def put() -> None:
        digest = parts.digest(b"new version")
        files = (ProblemFile(f"{len(stored.store.problem_versions('', 'sum'))}.in", digest, 11),)
        stored.store.put_parts({digest: b"new version"})
        stored.store.put_problem(
            NewProblem("", "sum", "Sum", "legacy", ("cpp",), 1, (), files, details.to_json()),
        )

    put()
    submission_id = stored.submit({**PROGRAM, "problem": "sum"})
    put()
    assert stored.submit({**PROGRAM, "problem": "sum@1"}) != submission_id
    assert read(stored, submission_id).problem == "sum@1"
    assert stored.store.claim("worker", frozenset({"python"}), 1) == []  # its checker is in C++
    stored.finish()
    assert [each["id"] for each in stored.call("GET", "?problem=sum@1&state=done").json()["submissions"]] == [
        submission_id
    ]
    assert stored.call("POST", "/rejudge", json={"problem": "sum"}).json() == {"queued": [submission_id]}
    assert read(stored, submission_id).problem == "sum@2"
    assert error(stored.call("POST", f"/{submission_id}/rejudge?judge_by=3"))[:2] == (404, ["judge_by"])
    for wrong, place in (
        ({"problem": "sum@9"}, "problem"),
        ({"problem": "other"}, "problem"),
        ({"problem": "sum", "cases": JUDGED["cases"]}, "cases"),
        ({"problem": "a/b"}, "problem"),
    ):
        response = stored.call("POST", json={**PROGRAM, **wrong})
        assert (response.status_code, response.json()["detail"][0]["loc"]) == (422, ["body", place])
