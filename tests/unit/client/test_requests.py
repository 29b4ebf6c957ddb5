"""Requests that a client sends, and responses as it reads them."""

import inspect
import json
import ssl
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any, Final, get_type_hints

import pytest

from tests import ROOT
from tests.harness.peer import Peer
from tests.unit.client.faces import Face
from zuko.client import AsyncClient, Client, submission
from zuko.client.aclient import AsyncProblems, AsyncSubmissions
from zuko.client.client import Problems, Submissions
from zuko.client.options import JudgeOptions, RejudgeOptions, RunOptions, SubmitOptions
from zuko.client.transport import Origin
from zuko.errors import SubmissionError
from zuko.wire.execute import HELLO_RESPONSE, ExecuteRequest
from zuko.wire.judge import BuiltinCheckerModel, CaseModel, JudgeRequest
from zuko.wire.submissions import ExecuteSubmission, JudgeSubmission, RejudgeRequest

ID: Final = "01980f3e-6d1c-7a52-9a54-0c6f2f4f6b1d"
STORED: Final = {"id": ID, "state": "queued", "url": f"/api/v1/submissions/{ID}"}


def test_importing_it_loads_nothing_of_the_engine() -> None:
    code = "import zuko.client, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = {name.partition(".")[0] for name in loaded.split()}
    assert "httpx2" in names
    assert not names & {"docker", "requests", "fastapi", "starlette", "boto3", "pydantic_settings", "click", "yaml"}
    ours = {name.split(".")[1] for name in loaded.split() if name.startswith("zuko.")}
    assert ours == {"client", "errors", "problem", "types", "wire"}


@pytest.mark.parametrize(
    ("options", "models", "own"),
    [
        (RunOptions, (ExecuteRequest,), {"input_encoding"}),
        (JudgeOptions, (JudgeRequest,), set()),
        (SubmitOptions, (ExecuteSubmission, JudgeSubmission), {"input_encoding"}),
        (RejudgeOptions, (RejudgeRequest,), set()),
    ],
)
def test_options_are_the_fields_of_the_contract(options: Any, models: tuple[Any, ...], own: set[str]) -> None:
    """`own` are fields that the client sets by itself."""
    fields = {name for model in models for name in model.model_fields} - {"language", "code"}
    kept = set(get_type_hints(options))
    assert kept - {"language"} == fields - own


@pytest.mark.parametrize(
    ("one", "other"), [(Client, AsyncClient), (Submissions, AsyncSubmissions), (Problems, AsyncProblems)]
)
def test_both_clients_have_the_same_methods(one: Any, other: Any) -> None:
    def methods(kind: Any) -> dict[str, list[str]]:
        found = inspect.getmembers(kind, inspect.isfunction)
        return {name: list(inspect.signature(method).parameters) for name, method in found if not name.startswith("_")}

    assert methods(one) == methods(other)


def test_a_program_is_sent(peer: Peer, face: Face) -> None:
    peer.content = json.dumps(HELLO_RESPONSE).encode()
    found = face(
        f"{peer.url}/zuko/",
        lambda zuko: zuko.run(
            "python", "é", input_data=b"\xff", files={"a.txt": "b", "c.bin": b"\xfe"}, args=("x",), timeout=3
        ),
        headers={"Authorization": "Bearer t"},
    )
    ((method, path, headers, body),) = peer.seen
    assert (method, path) == ("POST", "/zuko/api/v1/execute")
    assert (headers["authorization"], headers["content-type"]) == ("Bearer t", "application/json")
    assert headers["user-agent"].startswith("zuko-client/")
    assert json.loads(body) == {
        "language": "python",
        "code": "é",
        "input_data": "/w==",
        "input_encoding": "base64",
        "files": [{"name": "a.txt", "content": "b"}, {"name": "c.bin", "content": "/g==", "encoding": "base64"}],
        "args": ["x"],
        "timeout": 3,
    }
    assert (found.status, found.stdout, found.time_used_ms) == ("OK", "Hello Zuko\n", 16.412)


def test_a_judging_is_sent(peer: Peer, face: Face) -> None:
    peer.first = [(200, b'event: judgement\ndata: {"verdict": "AC"}\n\n')]
    cases = [("1", "2"), CaseModel(name="b", output="3")]
    checker = BuiltinCheckerModel(kind="floats", absolute_tolerance=1e-6)
    with pytest.raises(Exception, match="not from a Zuko service"):  # a judgement has more fields
        face(peer.url, lambda zuko: zuko.judge("c", "x", cases=cases, checker=checker, workers=2))
    ((_, path, headers, body),) = peer.seen
    assert (path, headers["accept"]) == ("/api/v1/judge", "text/event-stream")
    assert json.loads(body) == {
        "language": "c",
        "code": "x",
        "cases": [{"input": "1", "output": "2"}, {"name": "b", "output": "3"}],
        "checker": {"kind": "floats", "absolute_tolerance": 1e-6},
        "workers": 2,
    }


def test_submissions_are_sent_under_keys(peer: Peer, face: Face) -> None:
    peer.first = [(202, STORED), (202, STORED), (202, {"submissions": [STORED]})]

    assert face(peer.url, lambda zuko: zuko.submissions.submit("c", "x", labels={"a": "b"})).id == ID
    face(peer.url, lambda zuko: zuko.submissions.submit("c", "x", key="mine", problem="sums"))
    batch = [submission("c", "x"), submission("c", "y", cases=[("1", "2")], priority=1)]
    assert len(face(peer.url, lambda zuko: zuko.submissions.submit_batch(batch))) == 1
    first, second, third = peer.seen
    assert len(first[2]["idempotency-key"]) == len(third[2]["idempotency-key"]) == 32
    assert second[2]["idempotency-key"] == "mine"
    assert json.loads(first[3]) == {"language": "c", "code": "x", "labels": {"a": "b"}}
    assert third[1] == "/api/v1/submissions/batch"
    assert json.loads(third[3])["submissions"] == [
        {"language": "c", "code": "x"},
        {"language": "c", "code": "y", "cases": [{"input": "1", "output": "2"}], "priority": 1},
    ]


PAGE: Final[dict[str, Any]] = {"submissions": [], "next": None}
CANCELLED: Final = {"id": ID, "state": "cancelled"}
QUEUED: Final[dict[str, Any]] = {"queued": []}
# A use of a client, what is answered, and what is sent.
SENT: Final[dict[str, tuple[Any, object, str, str]]] = {
    "list": (
        lambda zuko: zuko.submissions.list(3, states=["done"], labels={"a": "b=c"}, kind="judge"),
        PAGE,
        "GET",
        "?limit=3&state=done&label=a%3Db%3Dc&kind=judge",
    ),
    "cancel": (
        lambda zuko: zuko.submissions.cancel(ID),
        {"id": ID, "state": "cancelled"},
        "DELETE",
        f"/{ID}?only=cancel",
    ),
    "remove": (lambda zuko: zuko.submissions.remove("a/b"), {}, "DELETE", "/a%2Fb?only=remove"),
    "rejudge": (lambda zuko: zuko.submissions.rejudge(ID, judge_by=2), QUEUED, "POST", f"/{ID}/rejudge?judge_by=2"),
    "rejudge_all": (lambda zuko: zuko.submissions.rejudge_all(problem="sums"), QUEUED, "POST", "/rejudge"),
    "attempts": (lambda zuko: zuko.submissions.attempts(ID), {"attempts": []}, "GET", f"/{ID}/attempts"),
}


@pytest.mark.parametrize("case", SENT)
def test_paths(peer: Peer, face: Face, case: str) -> None:
    use, answer, method, path = SENT[case]
    peer.first = [(200, answer)]
    face(peer.url, use)
    assert peer.seen[0][:2] == (method, f"/api/v1/submissions{path}")


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda zuko: zuko.run("python", "x", fast=True), "fast: Extra inputs"),
        (lambda zuko: zuko.run("python", "x", timeout="3"), "timeout: Input should be a valid integer"),
        (lambda zuko: zuko.judge("python", "x", cases=[]), "cases: List should have at least 1"),
        (lambda zuko: zuko.submissions.submit("python", "x", priority=11), "priority: Input should be less"),
        (lambda zuko: zuko.submissions.rejudge_all(created_from=datetime(2026, 1, 1)), "created_from: "),
    ],
)
def test_a_wrong_option_is_named_and_not_sent(peer: Peer, face: Face, use: Any, message: str) -> None:
    with pytest.raises(SubmissionError, match=message):
        face(peer.url, use)
    assert peer.seen == []


def test_a_time_is_sent(peer: Peer, face: Face) -> None:
    peer.first = [(202, QUEUED)]
    face(peer.url, lambda zuko: zuko.submissions.rejudge_all(created_from=datetime(2026, 1, 1, tzinfo=UTC)))
    assert json.loads(peer.seen[0][3]) == {"created_from": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize("url", ["", "zuko", "127.0.0.1:8000", "ftp://host", "http://", "http://host:x", "http://[::1"])
def test_what_is_not_a_url(url: str) -> None:
    for kind in (Client, AsyncClient):
        with pytest.raises(SubmissionError, match="is not the URL of a service"):
            kind(url)


def test_a_header_is_ascii() -> None:
    for kind in (Client, AsyncClient):
        with pytest.raises(SubmissionError, match="is not ASCII"):
            kind("http://host", headers={"Authorization": "Bearer \u2026"})


def test_certificates_are_read_where_there_is_tls() -> None:
    """Elsewhere no authority is trusted, as to read them takes time."""

    def verify(url: str) -> Any:
        return Origin(url, None, timeout_s=1, retry_s=0, on_retry=print).options["verify"]

    assert verify("https://zuko.example") is True
    context = verify("http://zuko.example")
    assert (context.verify_mode, context.check_hostname, context.get_ca_certs()) == (ssl.CERT_REQUIRED, True, [])
