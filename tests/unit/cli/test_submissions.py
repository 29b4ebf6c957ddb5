"""`zuko submissions`, beside a service that stands for one: its messages."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.harness.peer import Peer
from zuko.cli.submissions import command, read
from zuko.errors import SubmissionError, UnavailableError

ID = "01980f3e-6d1c-7a52-9a54-0c6f2f4f6b1d"
DONE: dict[str, object] = {
    "id": ID,
    "state": "done",
    "kind": "execute",
    "language": "python",
    "problem": None,
    "attempt": 1,
}
DONE |= {"message": None, "webhook": None, "result": None, "priority": 0, "labels": {}, "reason": None, "receipt": None}
DONE |= {"created_at": "2026-01-31T12:00:00Z", "started_at": None, "ended_at": None}


def run(peer: Peer, *words: object) -> Result:
    return CliRunner().invoke(command, [*map(str, words), "--url", peer.url])


def test_a_wait_reports_once_that_no_service_answers(peer: Peer) -> None:
    away = {"message": "the store does not answer", "reason": "store_unavailable"}
    peer.first = [(503, away), (502, "<html>"), (200, DONE)]
    result = run(peer, "wait", ID)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{ID}  done")
    assert result.stderr.splitlines() == [
        "zuko: the store does not answer; trying again for up to 60 s",
        "zuko: the service answers again",
    ]


def test_a_service_that_answers_at_once_is_not_reported(peer: Peer) -> None:
    peer.first = [(200, DONE)]
    assert run(peer, "wait", ID).stderr == ""


def test_a_follower_reports_a_break(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "PATIENCE_S", 0.4)
    peer.status_code = 503
    result = run(peer, "follow", ID)
    assert result.stderr.count("trying again for up to 0 s") == 1
    assert "503" in str(result.exception)


@pytest.mark.parametrize(
    ("place", "message", "shown"),
    [
        (["body", "priority"], "priority must be from -10 to 10", "--priority must be from -10 to 10"),
        (["body", "time_limit_ms"], "time_limit_ms must be from 1 to 9 ms", "--time-limit must be from 1 to 9 ms"),
        (["body", "labels", "a"], "too long", "--label a: too long"),
        (["body", "labels", "a b", "[key]"], "is wrong", "--label a b: is wrong"),
        (["body", "webhook"], "webhook: this service sends none", "--webhook: this service sends none"),
        (["body", "code"], "code is larger than 9 bytes", "FILE is larger than 9 bytes"),
        (["body", "cases", 3, "input"], "too long", "--cases 3 input: too long"),
        (["header", "Idempotency-Key"], "must be visible", "--key: must be visible"),
        (["header", "X-Tenant"], "must name the tenant", "must name the tenant"),
        (["body"], "20 errors", "20 errors"),
    ],
)
def test_a_refusal_names_the_option(peer: Peer, tmp_path: Path, place: list[object], message: str, shown: str) -> None:
    (tmp_path / "a.py").write_text("print(1)")
    peer.first = [(422, {"detail": [{"loc": place, "msg": message, "type": "out_of_bounds"}]})]
    result = run(peer, "submit", tmp_path / "a.py")
    assert isinstance(result.exception, SubmissionError)
    assert str(result.exception) == shown


@pytest.mark.parametrize(("options", "printed"), [((), "a\n"), (("--json",), '{"queued": ["a"]}\n')])
def test_what_was_queued_is_printed_although_the_next_one_has_no_place(
    peer: Peer, options: tuple[str, ...], printed: str
) -> None:
    peer.first = [(202, {"queued": ["a"]}), (429, {"message": "at most 1 submissions may be queued"})]
    result = run(peer, "rejudge", "a", "b", *options)
    assert result.stdout == printed
    assert isinstance(result.exception, UnavailableError)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--state", "done"), "give IDs, or --problem"),  # the service would refuse to judge everything again
        (("a", "--state", "done"), "give IDs, or --problem"),
        (("--from", "2026-01-31T12:00:00"), "time zone"),
        (("--before", "yesterday"), "time zone"),
    ],
)
def test_what_is_judged_again_has_to_be_named(peer: Peer, words: tuple[str, ...], message: str) -> None:
    result = run(peer, "rejudge", *words)
    assert (result.exit_code, peer.seen) == (2, [])
    assert message in result.stderr


def test_a_time_says_what_is_judged_again(peer: Peer) -> None:
    peer.first = [(202, {"queued": ["a"]})]
    assert run(peer, "rejudge", "--from", "2026-01-31T12:00:00Z", "--state", "done").stdout == "a\n"
    assert json.loads(peer.seen[0][3]) == {"created_from": "2026-01-31T12:00:00Z", "states": ["done"]}


def test_a_wrong_option_gets_the_message_of_the_service(peer: Peer, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("print(1)")
    result = run(peer, "submit", tmp_path / "a.py", "--webhook", "ftp://a.example/")
    assert str(result.exception) == "webhook: must begin with http:// or https://"
