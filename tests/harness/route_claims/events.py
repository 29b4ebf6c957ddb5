"""The claims of the events of submissions, for every store."""

import time
from typing import Any

from tests.harness.stored import JUDGED, StoredApi, events_of


def case(attempt: int, number: int, name: str) -> tuple[str, str, Any]:
    return f"{attempt}.{number}", "case", {"name": name}


def begin(attempt: int) -> tuple[str, str, Any]:
    return f"{attempt}.0", "attempt", {"attempt": attempt}


def events_of_what_has_ended(stored: StoredApi) -> None:
    submission_id = stored.submit(JUDGED)
    stored.finish("a", "b")
    response = stored.call("GET", f"/{submission_id}/events")
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["x-accel-buffering"] == "no"
    *cases, (last_id, kind, whole) = events_of(response)
    assert cases == [begin(1), case(1, 1, "a"), case(1, 2, "b")]
    assert (last_id, kind) == ("1.end", "submission")
    assert whole == stored.call("GET", f"/{submission_id}").json()


def events_come_while_it_runs(stored: StoredApi) -> None:
    submission_id = stored.submit(JUDGED)
    response = stored.while_it_waits(
        lambda: stored.send("GET", f"/{submission_id}/events"), lambda: stored.finish("a", "b", "c")
    )
    assert [each[0] for each in events_of(response)] == ["1.0", "1.1", "1.2", "1.3", "1.end"]


def a_new_attempt_is_announced(stored: StoredApi) -> None:
    """Have the client forget the cases of the lost one."""
    submission_id = stored.submit(JUDGED)

    def lose_and_finish() -> None:
        lost = stored.claim()
        stored.add(lost, "a")
        time.sleep(0.3)
        stored.store.release(lost.hold, reason="worker_lost", message="lost", counted=True)
        stored.finish("a", "b")

    response = stored.while_it_waits(lambda: stored.send("GET", f"/{submission_id}/events"), lose_and_finish)
    events = events_of(response)
    assert events[:-1] == [begin(1), case(1, 1, "a"), begin(2), case(2, 1, "a"), case(2, 2, "b")]
    assert events[-1][2]["attempt"] == 2


def a_submission_that_is_cancelled_in_the_queue_ends_its_stream(stored: StoredApi) -> None:
    submission_id = stored.submit()
    response = stored.while_it_waits(
        lambda: stored.send("GET", f"/{submission_id}/events"), lambda: stored.call("DELETE", f"/{submission_id}")
    )
    assert [each[:2] for each in events_of(response)] == [("0.end", "submission")]
    response = stored.call("GET", f"/{submission_id}/events", headers={"last-event-id": "0.end"})
    assert response.status_code == 204
