"""Requests of commands to a service: what is sent, and what an answer means for the command."""

import json

import pytest

from tests.harness.peer import Peer
from zuko.cli.remote import Remote, remote_of
from zuko.errors import SubmissionError, UnavailableError, ZukoError


def test_a_request(peer: Peer) -> None:
    peer.content = b'{"a": 1}'
    remote = remote_of(f"{peer.url}/zuko/", ("X-Tenant: a", "x-other:b:c"))
    assert remote.get("/api/v1/x", wait=2, label=["a=b", "c"], missing=None).json() == {"a": 1}
    remote.post("/api/v1/y", {"b": "é"}, {"idempotency-key": "k"})
    (get, post) = peer.seen
    assert get[:2] == ("GET", "/zuko/api/v1/x?wait=2&label=a%3Db&label=c")
    assert (get[2]["x-tenant"], get[2]["x-other"]) == ("a", "b:c")
    assert post[:2] == ("POST", "/zuko/api/v1/y")
    assert (post[2]["content-type"], post[2]["idempotency-key"]) == ("application/json", "k")
    assert json.loads(post[3]) == {"b": "é"}


@pytest.mark.parametrize(
    ("status_code", "sent", "kind", "message"),
    [
        (422, {"detail": [{"loc": ["body", "code"], "msg": "is missing"}]}, SubmissionError, "is missing"),
        (404, {"detail": [{"loc": ["path", "id"], "msg": "a\x1b[0m"}, {"msg": "b"}]}, SubmissionError, "a\ufffd[0m; b"),
        (404, {"detail": "Not Found"}, SubmissionError, "the service answered 404"),
        (503, {"message": "all is busy", "reason": "no_capacity"}, UnavailableError, "all is busy"),
        (429, {"message": "too many", "reason": "no_capacity"}, UnavailableError, "too many"),
        (502, "<html>", UnavailableError, "the service answered 502"),
        (500, {"message": "internal error"}, ZukoError, "internal error"),
        (413, {"detail": []}, SubmissionError, "the service answered 413"),
    ],
)
def test_what_an_answer_means(peer: Peer, status_code: int, sent: object, kind: type[ZukoError], message: str) -> None:
    peer.status_code = status_code
    peer.content = sent.encode() if isinstance(sent, str) else json.dumps(sent).encode()
    with pytest.raises(kind) as raised:
        Remote(peer.url).get("/")
    assert type(raised.value) is kind
    assert str(raised.value) == message


def test_something_else_answers(peer: Peer) -> None:
    peer.content = b"<html>"
    with pytest.raises(ZukoError, match="is not from a Zuko service"):
        Remote(peer.url).get("/").json()


@pytest.mark.parametrize("url", ["", "zuko", "127.0.0.1:8000", "ftp://host", "http://", "http://host:x", "http://[::1"])
def test_what_is_not_a_url(url: str) -> None:
    with pytest.raises(SubmissionError, match="is not the URL of a service"):
        Remote(url)


@pytest.mark.parametrize("header", ["name", ": value", "a\n: b", "é: b"])
def test_what_is_not_a_header(header: str) -> None:
    with pytest.raises(SubmissionError, match="is not NAME:VALUE"):
        remote_of("http://host", (header,))


def test_no_service_answers() -> None:
    with pytest.raises(UnavailableError, match=r"http://127\.0\.0\.1:1: no service answers: Connection refused"):
        Remote("http://user:secret@127.0.0.1:1").get("/")
