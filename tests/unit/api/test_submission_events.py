"""The events of a submission: to its end, after a break at another process, and over new attempts."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.harness.stored import JUDGED, PROGRAM, StoredApi, events_of
from tests.harness.waiting import wait_for
from zuko.api import reading, submission_events
from zuko.api.responses import Responses
from zuko.errors import StoreError
from zuko.problem import CaseResult, Judgement, Verdict
from zuko.submissions.bell import EVERYTHING
from zuko.submissions.model import State, StoredSubmission
from zuko.submissions.sqlite import SqliteStore
from zuko.wire.execute import HELLO_RESPONSE, ExecuteResponse
from zuko.wire.judge import JudgeResponse
from zuko.wire.truncate import enveloped_document_size, enveloped_size


@pytest.fixture
def stored(store: SqliteStore) -> StoredApi:
    return StoredApi(store)


@pytest.mark.parametrize(
    ("last", "rest"),
    [
        ("1.0", ["1.1", "1.2", "1.end"]),
        ("1.1", ["1.2", "1.end"]),
        ("1.2", ["1.end"]),
        ("0.0", ["1.0", "1.1", "1.2", "1.end"]),
    ],
)
def test_a_stream_goes_on_at_another_process(stored: StoredApi, tmp_path: Path, last: str, rest: list[str]) -> None:
    submission_id = stored.submit(JUDGED)
    stored.finish("a", "b")
    other = SqliteStore(tmp_path / "submissions.db")
    other.open()
    response = StoredApi(other).call("GET", f"/{submission_id}/events", headers={"last-event-id": last})
    assert [each[0] for each in events_of(response)] == rest
    other.close()


def test_after_the_last_event_there_is_no_content(stored: StoredApi) -> None:
    """A browser's EventSource then stops. A new attempt goes on from there."""
    submission_id = stored.submit(JUDGED)
    stored.finish("a")
    response = stored.call("GET", f"/{submission_id}/events", headers={"last-event-id": "1.end"})
    assert (response.status_code, response.content) == (204, b"")
    stored.call("POST", f"/{submission_id}/rejudge")
    stored.finish("b")
    response = stored.call("GET", f"/{submission_id}/events", headers={"last-event-id": "1.end"})
    assert [each[0] for each in events_of(response)] == ["2.0", "2.1", "2.end"]


@pytest.mark.parametrize("state", [State.CANCELLED, State.FAILED])
def test_every_end_is_an_event(stored: StoredApi, state: State) -> None:
    submission_id = stored.submit()
    stored.finish(state=state, result=None)
    events = events_of(stored.call("GET", f"/{submission_id}/events"))
    assert [each[1] for each in events] == ["attempt", "submission"]
    assert events[-1][2]["state"] == state


def test_a_removed_submission_ends_its_stream(stored: StoredApi, monkeypatch: pytest.MonkeyPatch) -> None:
    submission_id = stored.submit()
    claim = stored.claim()
    monkeypatch.setattr(reading, "PAUSE_MIN_S", 5.0)

    def remove() -> None:
        found = stored.store.get
        monkeypatch.setattr(stored.store, "get", lambda *_: None)
        stored.add(claim, "a")
        time.sleep(0.2)
        monkeypatch.setattr(stored.store, "get", found)

    response = stored.while_it_waits(lambda: stored.send("GET", f"/{submission_id}/events"), remove)
    assert events_of(response)[-1] == (None, "removed", {})


def test_a_drain_ends_streams_at_once(stored: StoredApi) -> None:
    submission_id = stored.submit()
    response = stored.while_it_waits(lambda: stored.send("GET", f"/{submission_id}/events"), stored.drain)
    assert response.status_code == 200
    assert events_of(response) == []
    assert asyncio.run(asyncio.wait_for(stored.app.state.service.idle(), 1)) is None


def test_a_silent_stream_is_kept_alive(stored: StoredApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submission_events, "KEEP_ALIVE_S", 0.0)
    submission_id = stored.submit()
    find, looks = stored.store.get, 0

    def counted(*named: Any) -> StoredSubmission | None:
        nonlocal looks
        looks += 1
        return find(*named)

    def finish() -> None:
        seen = looks
        wait_for(lambda: looks > seen + 3, 30, "looks at the submission")
        stored.finish()

    monkeypatch.setattr(stored.store, "get", counted)
    response = stored.while_it_waits(lambda: stored.send("GET", f"/{submission_id}/events"), finish)
    assert response.text.count(": still queued\n\n") >= 2


@pytest.mark.parametrize("sent", ["x", "1", "1.", "1.2.3", "-1.0", "1.x", "9999999999.1"])
def test_a_wrong_id_is_refused(stored: StoredApi, sent: str) -> None:
    response = stored.call("GET", f"/{stored.submit()}/events", headers={"last-event-id": sent})
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["header", "Last-Event-ID"]


def test_a_store_that_is_away_does_not_end_a_stream(stored: StoredApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its status is sent, and a browser's EventSource would not come again after the 503 of the next request."""
    submission_id = stored.submit()

    def outage() -> None:
        found = stored.store.get

        def away(*_: object) -> None:
            raise StoreError("the store does not answer")

        monkeypatch.setattr(stored.store, "get", away)
        time.sleep(0.5)
        monkeypatch.setattr(stored.store, "get", found)
        stored.finish()

    response = stored.while_it_waits(lambda: stored.send("GET", f"/{submission_id}/events"), outage)
    assert [each[1] for each in events_of(response)] == ["attempt", "submission"]


# --- where all events are one response ----------------------------------------------------------------------------


def function(store: SqliteStore, limit_bytes: int) -> StoredApi:
    """Return the API as a function has it."""
    stored = StoredApi(store)
    stored.app.state.service.responses = Responses(limit_bytes, enveloped_size, enveloped_document_size, streams=False)
    return stored


def test_a_response_with_all_events_is_bounded(store: SqliteStore) -> None:
    """The client asks for the others, by the id of the last one that it got."""
    stored = function(store, 4000)
    submission_id = stored.submit(JUDGED)
    names = [f"{number:0>100}" for number in range(50)]
    stored.finish(*names, result=None)
    found: list[str] = []
    last = ""
    requests = 0
    while not last.endswith("end"):
        response = stored.call("GET", f"/{submission_id}/events", headers={"last-event-id": last})
        assert len(json.dumps(response.text)) <= 4000
        events = events_of(response)
        found += [data["name"] for _, kind, data in events if kind == "case"]
        last = str(events[-1][0])
        requests += 1
    assert found == names
    assert requests > 2


def test_outputs_are_cut_to_the_size_of_a_response(store: SqliteStore) -> None:
    stored = function(store, 5000)
    submission_id = stored.submit(PROGRAM)
    stored.finish(result=json.dumps({**HELLO_RESPONSE, "stdout": '"\0ß' * 5000, "stderr": "short"}))
    response = stored.call("GET", f"/{submission_id}")
    assert 4000 < enveloped_document_size(response.text) <= 5000
    result = ExecuteResponse.model_validate(response.json()["result"])
    assert (result.stdout_truncated, result.stderr_truncated, result.stderr) == (True, False, "short")


def test_messages_are_cut_to_the_size_of_a_response(store: SqliteStore) -> None:
    stored = function(store, 5000)
    submission_id = stored.submit(JUDGED)
    cases = tuple(CaseResult(str(number), None, Verdict.WA, "m" * 3000, 1, 1, 1) for number in range(4))
    judgement = Judgement(Verdict.WA, "m" * 3000, None, None, cases, decided_by="0")
    stored.finish(result=JudgeResponse.from_judgement(judgement, compiled=False).model_dump_json())
    response = stored.call("GET", f"/{submission_id}")
    assert enveloped_document_size(response.text) <= 5000
    result = JudgeResponse.model_validate_json(json.dumps(response.json()["result"]))
    assert result.messages_truncated
    assert [each.verdict for each in result.cases] == [Verdict.WA] * 4


def test_a_large_result_that_is_not_understood_is_left_out(store: SqliteStore) -> None:
    """A result may be of an older version."""
    stored = function(store, 5000)
    submission_id = stored.submit(JUDGED)
    stored.finish(result=json.dumps({"older": "x" * 9000}))
    assert stored.call("GET", f"/{submission_id}").json()["result"] is None


def test_a_large_request_is_refused(store: SqliteStore) -> None:
    stored = function(store, 5000)
    submission_id = stored.submit({**PROGRAM, "input_data": "x" * 6000})
    assert stored.call("GET", f"/{submission_id}/request").status_code == 413


def test_rings_for_nothing_cost_few_looks(stored: StoredApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process's writes ring for every listener here."""
    submission_id = stored.submit()
    looks: list[float] = []
    found = stored.store.get

    def get(tenant: str, wanted: str) -> Any:
        looks.append(time.monotonic())
        return found(tenant, wanted)

    monkeypatch.setattr(stored.store, "get", get)

    def ring() -> None:
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            stored.store.bell.ring(EVERYTHING)
            time.sleep(0.002)
        stored.finish()

    response = stored.while_it_waits(lambda: stored.send("GET", f"/{submission_id}?wait=30"), ring)
    assert response.json()["state"] == "done"
    assert len(looks) < 20


@pytest.mark.parametrize("last", ["7.1", "2.end", "999999999.999999999"])
def test_an_id_of_another_submission_begins_from_the_start(stored: StoredApi, last: str) -> None:
    """No attempt would ever come after it: the stream would never end."""
    submission_id = stored.submit(JUDGED)
    stored.finish("a")
    response = stored.call("GET", f"/{submission_id}/events", headers={"last-event-id": last})
    assert [each[0] for each in events_of(response)] == ["1.0", "1.1", "1.end"]
