"""`zuko store`, on a file of SQLite."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from zuko.cli.store import command
from zuko.submissions.model import Kind, NewSubmission, StoredRequest, WorkerInfo, new_id
from zuko.submissions.sqlite import SqliteStore


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "store.db"
    monkeypatch.setenv("ZUKO_STORE", f"sqlite:///{path}")
    return path


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(command, words)
    return done.exit_code, done.output


def test_migrate_names_each_step_once(path: Path) -> None:
    code, output = run("migrate")
    assert (code, output.splitlines()[0]) == (0, "1: submissions, parts, problems, webhooks and workers")
    assert run("migrate") == (0, "the schema is up to date\n")


def test_status_shows_the_queue_and_the_workers(path: Path) -> None:
    assert run("status") == (0, "0 queued; 0 running\nno worker has reported within a minute\n")
    store = SqliteStore(path)
    store.open()
    store.submit(
        [NewSubmission(new_id(), "", Kind.EXECUTE, "c", ("c",), StoredRequest("{}"), "f") for _ in range(3)],
        queued_max=9,
        tenant_max=9,
    )
    store.claim("w", None, 1)
    store.beat(WorkerInfo("host-7-ab", "host", 4, ("c", "python"), 1.5, "0.3.0"))
    store.beat(WorkerInfo("host-8-cd", "host", 12, (), None, "0.3.0", draining=True))
    store.close()
    code, output = run("status")
    assert code == 0
    lines = output.splitlines()
    assert lines[0] == "2 queued, the oldest for 0 s; 1 running"
    assert [line.split() for line in lines[1:]] == [
        ["worker", "slots", "factor", "seen", "version", "languages"],
        ["host-7-ab", "4", "1.50", "0", "s", "0.3.0", "c,", "python"],
        ["host-8-cd", "12", "-", "draining", "0.3.0"],
    ]
    code, output = run("status", "--json")
    shown = json.loads(output)
    assert (code, shown["queued"], shown["running"]) == (0, 2, 1)
    assert [worker["name"] for worker in shown["workers"]] == ["host-7-ab", "host-8-cd"]


def test_weight_gives_a_tenant_more_turns(path: Path) -> None:
    assert run("weight", "school", "2.5") == (0, "")
    with closing(SqliteStore(path)) as store:
        store.open()
        with store._read() as transaction:
            assert transaction.rows("select name, weight from tenant")[0]["weight"] == 2.5
    assert run("weight", "school", "0")[0] == 2


@pytest.mark.parametrize(
    ("url", "message"),
    [("none", "ZUKO_STORE=none: there is no store"), ("postgresql://host/zuko?nonsense=1", "does not understand")],
)
def test_a_setting_that_names_no_store(monkeypatch: pytest.MonkeyPatch, url: str, message: str) -> None:
    monkeypatch.setenv("ZUKO_STORE", url)
    for word in ("migrate", "status"):
        code, output = run(word)
        assert code == 2
        assert message in output
