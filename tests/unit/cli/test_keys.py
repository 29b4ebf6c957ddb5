"""`zuko keys`, on a file of SQLite: a key is shown once, and its secret is kept nowhere."""

import json
import time
from contextlib import closing
from pathlib import Path

import pytest
from click import UsageError
from click.testing import CliRunner

from zuko.cli.keys import command
from zuko.submissions.keys import parts_of
from zuko.submissions.sqlite import SqliteStore


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "store.db"
    monkeypatch.setenv("ZUKO_STORE", f"sqlite:///{path}")
    return path


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(command, words, standalone_mode=False)
    if isinstance(done.exception, UsageError):
        raise done.exception
    return done.return_value or 0, done.stdout, done.stderr


def test_a_key_is_shown_once(path: Path) -> None:
    code, printed, said = run("create", "ann", "--days", "30")
    parts = parts_of(printed.strip())
    assert (code, parts is not None) == (0, True)
    assert parts is not None
    key_id, secret = parts
    assert f"key {key_id} of ann, for run, judge" in said
    assert secret not in said
    assert not [file for file in path.parent.iterdir() if secret.encode() in file.read_bytes()]
    with closing(SqliteStore(path)) as store:
        store.open()
        key = store.get_key(key_id)
    assert key is not None
    assert key.is_proved_by(secret)
    assert not key.is_proved_by(secret[:-1])
    assert key.expires_at is not None
    assert abs(key.expires_at - time.time() - 30 * 86_400) < 60


def test_keys_are_listed_with_their_state(path: Path) -> None:
    run("create", "ann")
    _, printed, _ = run("create", "bob", "--scope", "admin", "--scope", "run")
    parts = parts_of(printed.strip())
    assert parts is not None
    assert run("revoke", parts[0])[0] == 0
    assert run("revoke", parts[0])[0] == 1
    assert run("revoke", "nothing")[0] == 1
    heading, *rows = run("list")[1].splitlines()
    assert heading.split() == ["id", "name", "scopes", "state", "made", "expires"]
    assert [row.split()[1:4] for row in rows] == [["ann", "run,judge", "valid"], ["bob", "run,admin", "revoked"]]
    lines = [json.loads(line) for line in run("list", "--json")[1].splitlines()]
    assert [(line["name"], line["state"], "digest" in line) for line in lines] == [
        ("ann", "valid", False),
        ("bob", "revoked", False),
    ]


def test_a_key_may_have_limits_of_its_own(path: Path) -> None:
    limits = {"requests_per_s": 2.5, "runs": 1, "queue_share": 0.25, "cpu_s_per_day": 3600.0}
    words = [word for name, value in limits.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    assert run("create", "ann", *words)[0] == 0
    run("create", "bob", "--runs", "2")
    lines = [json.loads(line) for line in run("list", "--json")[1].splitlines()]
    assert [line["allowance"] for line in lines] == [limits, {**dict.fromkeys(limits), "runs": 2}]


@pytest.mark.parametrize(
    "words", [("--requests-per-s", "0"), ("--runs", "0"), ("--queue-share", "1.1"), ("--cpu-s-per-day", "-1")]
)
def test_limits_are_bounded(path: Path, words: tuple[str, str]) -> None:
    assert CliRunner().invoke(command, ["create", "ann", *words]).exit_code == 2
    assert not path.exists()


@pytest.mark.parametrize("name", ["", "a b", "-a", "a" * 65, "a\n", "ä"])
def test_names_are_bounded(path: Path, name: str) -> None:
    done = CliRunner().invoke(command, ["create", "--", name])
    assert done.exit_code == 2
    assert not path.exists()


def test_a_store_holds_so_many(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zuko.cli.keys.KEYS_MAX", 1)
    assert run("create", "ann")[0] == 0
    assert run("create", "ann")[0] == 1


def test_what_is_done_with_keys_is_in_the_audit_log(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audit = path.with_name("audit")
    monkeypatch.setenv("ZUKO_AUDIT_LOG", str(audit))
    _, printed, _ = run("create", "ann", "--scope", "judge")
    key_id = printed.split("_")[1]
    run("list")
    run("revoke", key_id)
    run("revoke", key_id)  # there is none any more
    lines = [json.loads(line) for line in audit.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["created", "listed", "revoked"]
    assert (lines[0]["key"], lines[0]["name"], lines[0]["scopes"]) == (key_id, "ann", ["judge"])
    assert lines[1]["keys"] == 1
    assert {line["by"] for line in lines} == {lines[0]["by"]} != {""}
    assert printed.strip().split("_")[2] not in audit.read_text()


def test_no_key_is_made_that_the_audit_log_would_not_have(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZUKO_AUDIT_LOG", "/nowhere/audit")
    with pytest.raises(UsageError, match="ZUKO_AUDIT_LOG"):
        run("create", "ann")
    monkeypatch.delenv("ZUKO_AUDIT_LOG")
    assert run("list", "--json")[1] == ""
