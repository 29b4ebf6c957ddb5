"""Failures as a client reports them, and other tries."""

import json
import socket
import time
from typing import Any, Final

import pytest

from tests.harness.peer import Peer
from tests.unit.client.faces import Face
from zuko.client import (
    BusyError,
    ConflictError,
    MissingError,
    NoAnswerError,
    RefusedError,
    ServiceError,
    TooLargeError,
    retries,
)
from zuko.client.retries import Patience
from zuko.errors import SubmissionError, UnavailableError, ZukoError
from zuko.wire.execute import HELLO_RESPONSE

PROBLEMS: Final[dict[str, Any]] = {"problems": []}
NO_CAPACITY: Final = {"message": "all is busy", "reason": "no_capacity"}


def detail(field: str, message: str, kind: str, place: str = "body") -> dict[str, Any]:
    return {"detail": [{"loc": [place, field], "msg": message, "type": kind}]}


@pytest.mark.parametrize(
    ("status_code", "sent", "kind", "message"),
    [
        (
            422,
            detail("code", "code is larger than 9 bytes", "out_of_bounds"),
            RefusedError,
            "code is larger than 9 bytes",
        ),
        (404, {"detail": [{"loc": ["path", "id"], "msg": "a"}, {"msg": "b"}]}, MissingError, "a; b"),
        (404, {"detail": "Not Found"}, MissingError, "the service answered 404"),
        (409, detail("Idempotency-Key", "was used", "key_conflict", "header"), ConflictError, "was used"),
        (413, {"detail": []}, TooLargeError, "the service answered 413"),
        (503, NO_CAPACITY, BusyError, "all is busy"),
        (429, {"message": "x" * 900}, BusyError, "x" * 500),
        (502, "<html>", BusyError, "the service answered 502"),
        (500, {"message": "internal error"}, ServiceError, "internal error"),
        (302, {}, ServiceError, "the service answered 302"),
        (200, "<html>", ServiceError, r"the response (200) is not from a Zuko service"),
        (200, {"problems": 3}, ServiceError, r"the response (200) is not from a Zuko service"),
    ],
)
def test_what_an_answer_means(
    peer: Peer, face: Face, status_code: int, sent: object, *, kind: type[ZukoError], message: str
) -> None:
    peer.status_code = status_code
    peer.content = sent.encode() if isinstance(sent, str) else json.dumps(sent).encode()
    with pytest.raises(ZukoError) as raised:
        face(peer.url, lambda zuko: zuko.problems.list(), retry_s=0)
    assert type(raised.value) is kind
    assert str(raised.value) == message


def test_a_refusal_names_the_field_and_the_reason(peer: Peer, face: Face) -> None:
    peer.first = [(422, detail("timeout", "timeout must be from 1 to 20 s", "out_of_bounds"))]
    with pytest.raises(RefusedError, match="from 1 to 20 s") as raised:
        face(peer.url, lambda zuko: zuko.run("python", "x", timeout=21))
    error = raised.value
    assert isinstance(error, SubmissionError)
    assert (error.status_code, error.field, error.reason) == (422, "timeout", "out_of_bounds")
    assert error.faults[0].place == ("body", "timeout")


def test_a_busy_service_is_asked_again_when_it_says(peer: Peer, face: Face) -> None:
    """Whatever the call does: the service has not begun it."""
    peer.headers = {"retry-after": "0"}
    peer.first = [(503, NO_CAPACITY), (429, NO_CAPACITY), (200, HELLO_RESPONSE)]
    heard: list[tuple[UnavailableError, float]] = []
    found = face(peer.url, lambda zuko: zuko.run("python", "x"), on_retry=lambda *each: heard.append(each))
    assert found.stdout == "Hello Zuko\n"
    assert len(peer.seen) == 3
    assert [error.reason for error, _ in heard if isinstance(error, BusyError)] == ["no_capacity"] * 2


@pytest.mark.parametrize("failure", [(502, {}), (504, {}), (0, None)])
def test_what_may_have_been_done_is_repeated_only_if_that_is_the_same(
    peer: Peer, face: Face, failure: tuple[int, object]
) -> None:
    """A program may have run; a submission has a key, and to read changes nothing."""
    peer.first = [failure, (200, PROBLEMS)]
    assert face(peer.url, lambda zuko: zuko.problems.list()) == []
    peer.first = [failure, (202, {"id": "a", "state": "queued", "url": "/a"})]
    assert face(peer.url, lambda zuko: zuko.submissions.submit("c", "x")).id == "a"
    keys = {headers["idempotency-key"] for method, _, headers, _ in peer.seen if method == "POST"}
    assert len(keys) == 1
    del peer.seen[:]
    peer.first = [failure, (200, HELLO_RESPONSE)]
    with pytest.raises(UnavailableError):
        face(peer.url, lambda zuko: zuko.run("c", "x"))
    assert len(peer.seen) == 1


def test_no_service_answers(face: Face) -> None:
    with pytest.raises(
        NoAnswerError, match=r"http://127\.0\.0\.1:1: no service answers: (Connection refused|Connect call failed)"
    ) as raised:
        face("http://user:secret@127.0.0.1:1", lambda zuko: zuko.run("c", "x"), retry_s=0)
    assert raised.value.nothing_done
    assert "secret" not in str(raised.value)


def test_what_is_not_tls_is_named(peer: Peer, face: Face) -> None:
    with pytest.raises(NoAnswerError, match="TLS: "):
        face(peer.url.replace("http:", "https:"), lambda zuko: zuko.languages(), retry_s=0)


def test_a_silent_service_is_given_up(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the client's silence and what the program may take by its own limit."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        begun = time.monotonic()
        with pytest.raises(NoAnswerError) as raised:
            face(url, lambda zuko: zuko.run("c", "x", wall_time_limit_ms=300), timeout_s=0.2, retry_s=5)
        assert 0.5 <= time.monotonic() - begun < 4
    assert not raised.value.nothing_done


def test_patience_ends() -> None:
    patience = Patience(3, repeatable=True)
    pauses: list[float] = []
    while (pause_s := patience.pause_s(NoAnswerError("x"))) is not None and len(pauses) < 8:
        pauses.append(pause_s)
    assert 0.1 <= pauses[0] <= 0.2
    assert all(pause_s <= retries._LONGEST_PAUSE_S for pause_s in pauses)
    assert Patience(3, repeatable=True).pause_s(BusyError("x", 503, None, 2)) == 2
    assert Patience(3, repeatable=True).pause_s(BusyError("x", 503, None, 10_000)) is None
    assert Patience(100, repeatable=True).pause_s(BusyError("x", 503, None, 10_000)) == 60
    assert Patience(0, repeatable=True).pause_s(NoAnswerError("x", nothing_done=True)) is None
