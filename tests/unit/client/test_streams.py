"""Events: of a judging, and of a stored submission across breaks."""

import json
from typing import Any, Final

import pytest

from tests.harness.peer import Peer
from tests.unit.client.faces import Face
from zuko.client import (
    AttemptBegun,
    BusyError,
    CaseEnded,
    Compiled,
    MissingError,
    NoAnswerError,
    OutputPart,
    ServiceError,
    SubmissionEnded,
    aclient,
    client,
)
from zuko.problem import Verdict
from zuko.wire.execute import HELLO_RESPONSE

CASE: Final[dict[str, Any]] = {
    "name": "1",
    "group": None,
    "verdict": "AC",
    "message": "\u2028",  # a line's end for some, and not for SSE
    "time_used_ms": 1.5,
    "wall_time_ms": 2.0,
    "memory_used_kb": 8000,
    "points": None,
    "diff": None,
    "checker_message": None,
    "borderline": False,
    "attempts": [],
}
JUDGEMENT: Final = {
    "verdict": "AC",
    "message": None,
    "decided_by": None,
    "points": None,
    "max_points": None,
    "time_used_ms": 1.5,
    "wall_time_ms": 2.0,
    "memory_used_kb": 8000,
    "cases": [CASE],
    "groups": [],
    "skipped": [],
    "compile_output": None,
}
SUBMISSION: Final = {
    "id": "a",
    "kind": "judge",
    "state": "done",
    "language": "c",
    "problem": None,
    "priority": 0,
    "labels": {},
    "attempt": 1,
    "created_at": "2026-01-31T12:00:00Z",
    "started_at": None,
    "ended_at": None,
    "reason": None,
    "message": None,
    "webhook": None,
    "result": JUDGEMENT,
    "receipt": None,
}
FAILED: Final = {
    **dict.fromkeys(("exit_code", "time_used", "memory_used", "time_used_ms", "memory_used_kb")),
    "stdout": "",
}
FAILED_EVENT: Final = {
    **FAILED,
    "status": "ERROR",
    "stderr": "",
    "wall_time_ms": None,
    "reason": "sandbox_error",
    "message": "the sandbox broke",
    "stdout_truncated": False,
    "stderr_truncated": False,
}


def event(kind: str, data: object, id: str | None = None) -> bytes:
    named = "" if id is None else f"id: {id}\n"
    return f"event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n{named}\n".encode()


def judge(zuko: Any, **options: Any) -> Any:
    return zuko.judge("c", "x", cases=[("1", "1")], **options)


def test_cases_come_before_the_judgement(peer: Peer, face: Face) -> None:
    stream = b": still judging\n\n" + event("case", CASE) + event("judgement", JUDGEMENT)
    peer.first = [(200, stream), (200, stream)]
    seen: list[Any] = []
    found = face(peer.url, lambda zuko: judge(zuko, on_case=seen.append))
    assert (found.verdict, [case.message for case in seen]) == (Verdict.AC, ["\u2028"])
    assert face(peer.url, lambda zuko: zuko.judge_events("c", "x", cases=[("1", "1")])) == [*seen, found]


def run(zuko: Any) -> Any:
    return zuko.run_events("c", "x")


def test_outputs_come_before_the_result(peer: Peer, face: Face) -> None:
    parts = (
        event("compiled", {"compile_output": "w"})
        + event("stdout", {"data": "\u2028"})
        + event("stderr", {"data": "e"})
    )
    peer.first = [(200, parts + b": still running\n\n" + event("result", HELLO_RESPONSE))]
    *seen, result = face(peer.url, run)
    assert seen == [Compiled("w"), OutputPart("stdout", "\u2028"), OutputPart("stderr", "e")]
    assert result.stdout == "Hello Zuko\n"
    assert peer.seen[0][2]["accept"] == "text/event-stream"


def test_a_run_without_a_stream(peer: Peer, face: Face) -> None:
    """A program in an unknown language is answered at once; a stream that breaks has no result."""
    peer.first = [(200, FAILED_EVENT), (200, event("error", FAILED_EVENT)), (200, event("stdout", {"data": "x"}))]
    for _ in range(2):
        (result,) = face(peer.url, run)
        assert result.message == "the sandbox broke"
    with pytest.raises(NoAnswerError, match="ended before the result"):
        face(peer.url, run)
    peer.first = [(200, {"a": 1}), (200, event("stdout", {}))]
    for _ in range(2):
        with pytest.raises(ServiceError, match="is not from a Zuko service"):
            face(peer.url, run)


@pytest.mark.parametrize(
    ("stream", "kind", "message"),
    [
        (event("case", CASE), NoAnswerError, "ended before the judgement"),
        (event("case", CASE) + event("error", FAILED_EVENT), BusyError, "the sandbox broke"),
        (event("case", {}), ServiceError, "is not from a Zuko service"),
    ],
)
def test_a_judging_that_breaks_is_not_begun_again(
    peer: Peer, face: Face, stream: bytes, kind: type[Exception], message: str
) -> None:
    peer.first = [(200, stream)]
    with pytest.raises(kind, match=message):
        face(peer.url, judge)
    assert len(peer.seen) == 1


def test_a_judging_without_a_place_is_tried_again(peer: Peer, face: Face) -> None:
    peer.headers = {"retry-after": "0"}
    peer.first = [(503, {"message": "busy"}), (200, event("judgement", JUDGEMENT))]
    assert face(peer.url, judge).verdict is Verdict.AC


def test_following_goes_on_after_a_break(peer: Peer, face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    """An end of the stream, a service that is away, a closed connection: each time after the last event."""
    for module in (client, aclient):
        monkeypatch.setattr(module, "RESUME_S", 0.01)
    start = b"retry: 1000\n: events of a submission\n\n"
    peer.first = [
        (200, start + event("attempt", {"attempt": 1}, "1.0")),
        (503, {"message": "away"}),
        (0, None),
        (200, start + event("case", CASE, "1.1") + b"event: case\ndata: {"),  # broken within an event
        (200, start + event("case", {**CASE, "name": "2"}, "1.2") + event("submission", SUBMISSION, "1.end")),
    ]
    found = face(peer.url, lambda zuko: zuko.submissions.follow("a"))
    assert [type(each) for each in found] == [AttemptBegun, CaseEnded, CaseEnded, SubmissionEnded]
    assert [each.id for each in found] == ["1.0", "1.1", "1.2", "1.end"]
    assert [headers.get("last-event-id") for _, _, headers, _ in peer.seen] == [None, "1.0", "1.0", "1.0", "1.1"]


def test_following_begins_where_it_is_told(peer: Peer, face: Face) -> None:
    peer.first = [(200, event("submission", SUBMISSION, "1.end"))]
    (found,) = face(peer.url, lambda zuko: zuko.submissions.follow("a", after="1.7"))
    assert found.submission.result == JUDGEMENT
    assert peer.seen[0][2]["last-event-id"] == "1.7"


def test_following_what_was_removed(peer: Peer, face: Face) -> None:
    peer.first = [(200, event("removed", {}))]
    with pytest.raises(MissingError, match="was removed"):
        face(peer.url, lambda zuko: zuko.submissions.follow("a"))


def test_waiting_asks_until_it_has_ended(peer: Peer, face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (client, aclient):
        monkeypatch.setattr(module, "RESUME_S", 0.01)
    running = {**SUBMISSION, "state": "running", "result": None}
    peer.first = [(200, running), (200, SUBMISSION), (200, running)]
    assert face(peer.url, lambda zuko: zuko.submissions.wait("a")).state == "done"
    assert face(peer.url, lambda zuko: zuko.submissions.wait("a", timeout_s=0)).state == "running"
    assert [path for _, path, _, _ in peer.seen] == ["/api/v1/submissions/a?wait=50"] * 2 + ["/api/v1/submissions/a"]
