"""Workers that stop, stores that are away or full, engines that die, submissions that kill: none loses anything.

These tests mostly wait, so they run beside each other.
"""

import json
import os
import signal
import sqlite3
import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.crash.field import Field, check_one_result, migrate
from tests.harness.crash.worker_process import NOOP
from tests.harness.dockerd import NEEDS_DOCKERD, Dockerd
from tests.harness.postgres import Postgres
from tests.harness.store_claims.values import new_submission, submit_all
from tests.harness.waiting import wait_for
from zuko.errors import StoreError
from zuko.submissions.model import NewSubmission, State
from zuko.submissions.parts import divide

pytestmark = [pytest.mark.timeout(180), pytest.mark.long(30)]


def program(code: str, language: str = NOOP, **changes: Any) -> NewSubmission:
    request, _ = divide({"language": "python", "code": code})
    return new_submission(language=language, needs=(language,), request=request, **changes)


def state(field: Field, submission: NewSubmission) -> State:
    found = field.store.get(submission.tenant, submission.id)
    assert found is not None
    return found.state


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    with Field(f"sqlite:///{tmp_path / 'submissions.db'}", tmp_path, lease_s=1.5) as made:
        yield made


@pytest.fixture
def on_postgres(tmp_path: Path) -> Iterator[tuple[Field, Postgres]]:
    with Postgres() as postgres:
        migrate(postgres.url)
        with Field(postgres.url, tmp_path, lease_s=3.0) as made:
            yield made, postgres


def test_a_worker_that_was_stopped_for_long_changes_nothing(field: Field) -> None:
    """It has lost what it had: whether it notices that by its lease or by its result, the other's result stands."""
    many = [program(f"sleep {0.5 + number * 0.1} {number}") for number in range(8)]
    stopped = field.worker(slots=8)
    submit_all(field.store, many)
    wait_for(lambda: all(state(field, each) is State.RUNNING for each in many), 60, "claims")
    stopped.send_signal(signal.SIGSTOP)
    other = field.worker(slots=8)
    field.wait_until_done([each.id for each in many], 60)
    stopped.send_signal(signal.SIGCONT)
    later = [program(f"sleep 0.3 {number}") for number in range(16)]
    submit_all(field.store, later)
    field.wait_until_done([each.id for each in later], 60)
    wait_for(lambda: sum(each.pid == stopped.pid for each in field.entries()) > 8, 20, "it to work again", field.tail)
    for each in many:
        check_one_result(field, each)
    done = (field.store.attempts("", many[-1].id) or [])[-1]
    assert f"/{other.pid}/" in json.loads(done.receipt or "")["worker"]


def test_a_database_that_is_away_for_20_seconds(on_postgres: tuple[Field, Postgres]) -> None:
    """What runs goes on meanwhile, and results wait."""
    field, postgres = on_postgres
    many = [program(f"sleep {0.2 + number * 0.05} {number}") for number in range(60)]
    workers = [field.worker(slots=4), field.worker(slots=4)]
    submit_all(field.store, many)
    wait_for(lambda: len(field.entries()) > 10, 60, "workers at work")
    postgres.stop()
    time.sleep(20)
    assert [each.poll() for each in workers] == [None, None]
    postgres.start()
    field.wait_until_done([each.id for each in many], 60)
    for each in many:
        check_one_result(field, each)
        attempts = field.store.attempts("", each.id) or []
        assert [attempt.reason for attempt in attempts] == [None], "a lease was over that could not be renewed"


def test_a_sqlite_file_that_another_process_locks_for_20_seconds(field: Field, tmp_path: Path) -> None:
    many = [program(f"sleep 0.2 {number}") for number in range(20)]
    worker = field.worker(slots=4)
    submit_all(field.store, many[:10])
    wait_for(lambda: len(field.entries()) > 4, 60, "a worker at work")
    other = sqlite3.connect(tmp_path / "submissions.db", isolation_level=None)
    other.execute("begin immediate")
    time.sleep(20)
    other.execute("rollback")
    other.close()
    submit_all(field.store, many[10:])
    field.wait_until_done([each.id for each in many], 60)
    for each in many:
        check_one_result(field, each)
        assert [attempt.reason for attempt in field.store.attempts("", each.id) or []] == [None]
    assert worker.poll() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_under_sqlite(tmp_path: Path) -> None:
    """What was acknowledged is done once there is room; what is refused meanwhile is not stored."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], check=True)
    try:
        with Field(f"sqlite:///{disk / 'submissions.db'}", tmp_path, lease_s=2.0) as field:
            many = [program(f"sleep 0.3 {number}") for number in range(30)]
            worker = field.worker(slots=2)
            submit_all(field.store, many)
            wait_for(lambda: len(field.entries()) > 4, 60, "a worker at work")
            filler = (disk / "filler").open("wb", buffering=0)
            size = 1 << 16
            while size:
                try:
                    filler.write(bytes(size))
                except OSError:
                    size //= 2
            refused = []
            for number in range(200):
                late = program(f"print {number} {'x' * 900}")
                try:
                    submit_all(field.store, [late])
                    many.append(late)
                except StoreError:
                    refused.append(late)
            assert refused
            time.sleep(3)
            filler.truncate(0)
            filler.close()
            field.wait_until_done([each.id for each in many], 60)
            for each in many:
                check_one_result(field, each)
            assert all(field.store.get("", each.id) is None for each in refused)
            assert worker.poll() is None
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


@pytest.mark.usefixtures("docker_client")
class TestEngines:
    """An engine of the test's own dies under a worker."""

    pytestmark = NEEDS_DOCKERD

    def test_a_worker_whose_engine_dies_gives_its_work_back(self, field: Field) -> None:
        one = program("import time; time.sleep(2); print(7)", "python")
        with Dockerd() as engine:
            worker = field.worker("real", 1, DOCKER_HOST=engine.url)
            submit_all(field.store, [one])
            wait_for(lambda: state(field, one) is State.RUNNING, 60, "a claim")
            engine.kill()
            wait_for(lambda: state(field, one) is State.QUEUED, 30, "it to be given back", field.tail)
            field.worker("real", 1)
            wait_for(lambda: state(field, one) is State.DONE, 60, "another worker's result", field.tail)
            attempts = field.store.attempts("", one.id) or []
            assert [each.state for each in attempts] == [State.QUEUED, State.DONE]
            assert attempts[0].reason is None  # nothing was counted
            assert json.loads(attempts[1].result or "")["stdout"] == "7\n"
            assert worker.poll() is None
            # The engine is well again: so is the worker, and its host is what it was.
            engine.start()
            two = program("print(8)", "python")
            submit_all(field.store, [two])
            field.wait_until_done([two.id], 60)


def test_a_submission_that_kills_three_workers_has_failed(field: Field) -> None:
    one, others = program("kill"), [program(f"sleep 0.1 {number}") for number in range(6)]
    submit_all(field.store, [one, *others])
    workers = [field.worker(slots=1)]

    def ended() -> bool:
        if workers[-1].poll() is not None:
            assert workers[-1].returncode == -signal.SIGKILL
            workers.append(field.worker(slots=1))
        return state(field, one).is_final

    wait_for(ended, 90, "the end of it", field.tail)
    found = field.store.get("", one.id)
    assert found is not None
    assert (found.state, found.reason) == (State.FAILED, "worker_lost")
    assert len(field.store.attempts("", one.id) or ()) == 3
    field.wait_until_done([each.id for each in others], 60)


@pytest.mark.alone
def test_the_flood_of_one_is_not_the_wait_of_another(field: Field, capsys: pytest.CaptureFixture[str]) -> None:
    field.worker(slots=2)
    field.worker(slots=2)
    wait_for(lambda: len(field.store.workers()) == 2, 60, "two workers")

    def waited() -> list[float]:
        own = []
        for number in range(25):
            one = program(f"sleep 0.02 {number}", tenant="quiet")
            submit_all(field.store, [one])
            field.wait_until_done([one.id], 30, one.tenant)
            own.append(one.id)
        return sorted(each.waited_s for each in field.entries() if each.what == "claim" and each.id in own)

    before = waited()
    for start in range(0, 10_000, 500):
        submit_all(field.store, [program(f"sleep 0.02 {start + n}", tenant="flood") for n in range(500)])
    during = waited()
    assert field.store.depth("flood").queued > 1000  # it lasts
    with capsys.disabled():
        figures = [(statistics.median(each) * 1e3, each[-1] * 1e3) for each in (before, during)]
        (empty, empty_worst), (full, full_worst) = figures
        print(
            f"\nwait of another tenant, median / worst: {empty:.1f} / {empty_worst:.1f} ms with an empty queue,", end=""
        )
        print(f" {full:.1f} / {full_worst:.1f} ms beside 10,000 of one that floods")
    assert statistics.median(during) < statistics.median(before) + 0.1  # a slot becomes free every 10 ms
