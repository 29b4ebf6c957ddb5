"""Workers that stop, stores that are away or full, engines that die, submissions that kill: none loses anything.

These tests mostly wait, so they run beside each other.
"""

import json
import os
import signal
import statistics
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest

import docker
from tests.harness.crash import databases
from tests.harness.crash.databases import Database
from tests.harness.crash.field import Field, check_one_result, check_webhooks
from tests.harness.crash.worker_process import NOOP
from tests.harness.dockerd import NEEDS_DOCKERD, Dockerd
from tests.harness.receiver import Receiver
from tests.harness.store_claims.values import new_submission, submit_all
from tests.harness.waiting import wait_for
from zuko.errors import StoreError
from zuko.submissions import webhooks
from zuko.submissions.aws import AwsStore
from zuko.submissions.model import NewSubmission, State
from zuko.submissions.parts import divide

STORES: Final = ["sqlite", "postgresql", "aws"]
HANGING: Final = "aws that hangs"

pytestmark = [pytest.mark.timeout(180), pytest.mark.long(30)]


@dataclass(frozen=True)
class Waits:
    """The waits of a tenant's submissions, from the least to the worst."""

    waited_s: list[float]
    turns: list[int]  # of others

    def __str__(self) -> str:
        ms = [each * 1e3 for each in (statistics.median(self.waited_s), self.waited_s[-1])]
        return "median {:.1f} ms, worst {:.1f} ms and {} turns".format(*ms, self.turns[-1])


def program(code: str, language: str = NOOP, **changes: Any) -> NewSubmission:
    request, _ = divide({"language": "python", "code": code})
    return new_submission(language=language, needs=(language,), request=request, **changes)


def hooked(field: Field, code: str) -> NewSubmission:
    """Return a program with a webhook."""
    assert field.receiver is not None
    return program(code, webhook=field.receiver.url())


def state(field: Field, submission: NewSubmission) -> State:
    found = field.store.get(submission.tenant, submission.id)
    assert found is not None
    return found.state


@pytest.fixture(params=STORES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Return the database of each store."""
    match request.param:
        case "sqlite":
            made = databases.sqlite(tmp_path)
        case "postgresql":
            made = databases.postgresql()
        case how:
            made = databases.aws(request.getfixturevalue("moto_server"), hangs=how == HANGING)
    with made as database:
        yield database


@pytest.fixture
def field(database: Database, tmp_path: Path) -> Iterator[Field]:
    with Receiver(204) as receiver, Field(database.url, tmp_path, receiver=receiver) as made:
        yield made


def check_all(field: Field, submissions: list[NewSubmission]) -> None:
    """Check that each has ended with its own result, once, and that its webhook has come."""
    ids = [each.id for each in submissions]
    field.wait_until_done(ids, 60)
    for each in submissions:
        check_one_result(field, each)
    field.wait_for_webhooks(ids, webhooks.LEASE_S + 30)
    check_webhooks(field, ids)


def test_a_worker_that_was_stopped_for_long_changes_nothing(field: Field) -> None:
    """It has lost what it had: whether it notices that by its lease or by its result, the other's result stands."""
    many = [program(f"sleep {3 + number * 0.1} {number}") for number in range(8)]
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


@pytest.mark.parametrize("database", [*STORES, HANGING], indirect=True)
def test_a_database_that_is_away_for_20_seconds(field: Field, database: Database) -> None:
    """What runs goes on meanwhile, and results and webhooks wait."""
    field.lease_s = database.outage_lease_s
    many = [hooked(field, f"sleep {0.2 + number * 0.05} {number}") for number in range(60)]
    workers = [field.worker(slots=4), field.worker(slots=4)]
    submit_all(field.store, many)
    wait_for(lambda: len(field.entries()) > 10, 60, "workers at work")
    with database.away():
        time.sleep(20)
        assert [each.poll() for each in workers] == [None, None]
    workers.append(field.worker(slots=4))  # it finds the store well, and the leases of the others old
    later = [hooked(field, f"sleep 0.2 {number}") for number in range(10)]
    submit_all(field.store, later)
    check_all(field, [*many, *later])
    for each in [*many, *later]:
        attempts = field.store.attempts("", each.id) or []
        assert [attempt.reason for attempt in attempts] == [None], "a lease was over that could not be renewed"
    assert [each.poll() for each in workers] == [None] * 3


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_under_sqlite(tmp_path: Path) -> None:
    """What was acknowledged is done once there is room; what is refused meanwhile is not stored."""
    disk = tmp_path / "disk"
    disk.mkdir()
    url = f"sqlite:///{disk / 'submissions.db'}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], check=True)
    try:
        with Receiver(204) as receiver, Field(url, tmp_path, lease_s=2.0, receiver=receiver) as field:
            many = [hooked(field, f"sleep 0.3 {number}") for number in range(30)]
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
                late = hooked(field, f"print {number} {'x' * 900}")
                try:
                    submit_all(field.store, [late])
                    many.append(late)
                except StoreError:
                    refused.append(late)
            assert refused
            time.sleep(3)
            filler.truncate(0)
            filler.close()
            check_all(field, many)
            assert all(field.store.get("", each.id) is None for each in refused)
            assert worker.poll() is None
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


@pytest.fixture(scope="module")
def engine(docker_client: docker.DockerClient) -> Iterator[Dockerd]:
    with Dockerd() as engine:
        yield engine


class TestEngines:
    """An engine of the tests' own dies under a worker."""

    pytestmark: ClassVar = [*NEEDS_DOCKERD, pytest.mark.xdist_group("engine")]  # to start one takes longer than a test

    def test_a_worker_whose_engine_dies_gives_its_work_back(self, field: Field, engine: Dockerd) -> None:
        one = program("import time; time.sleep(2); print(7)", "python")
        worker = field.worker("real", 1, DOCKER_HOST=engine.url)
        submit_all(field.store, [one])
        wait_for(lambda: state(field, one) is State.RUNNING, 60, "a claim")
        engine.kill()
        wait_for(lambda: state(field, one) is State.QUEUED, 30, "it to be given back", field.tail)
        other = field.worker("real", 1)
        wait_for(lambda: state(field, one) is State.DONE, 60, "another worker's result", field.tail)
        attempts = field.store.attempts("", one.id) or []
        assert [each.state for each in attempts] == [State.QUEUED, State.DONE]
        assert attempts[0].reason is None  # nothing was counted
        assert json.loads(attempts[1].result or "")["stdout"] == "7\n"
        assert worker.poll() is None
        # The engine is well again: so is the worker, and its host is what it was.
        other.terminate()
        other.wait(20)
        engine.start()
        two = program("print(8)", "python")
        submit_all(field.store, [two])
        field.wait_until_done([two.id], 60)
        assert field.entries()[-1].pid == worker.pid


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
def test_the_flood_of_one_is_not_the_wait_of_another(
    field: Field, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    field.worker(slots=2)
    field.worker(slots=2)
    wait_for(lambda: len(field.store.workers()) == 2, 60, "two workers")

    def waits() -> Waits:
        own = []
        for number in range(25):
            one = program(f"sleep 0.02 {number}", tenant="quiet")
            submit_all(field.store, [one])
            field.wait_until_done([one.id], 30, one.tenant)
            own.append(one.id)
        claims = [each for each in field.entries() if each.what == "claim"]
        mine = [each for each in claims if each.id in own]
        return Waits(
            sorted(each.waited_s for each in mine),
            # Claims of others since it was stored.
            sorted(sum(each.at - each.waited_s < other.at < each.at for other in claims) for each in mine),
        )

    before = waits()
    database.flood([program(f"sleep 0.02 {number}", tenant="flood") for number in range(10_000)])
    during = waits()
    assert field.store.depth("flood").queued > 1000  # it lasts
    with capsys.disabled():
        print(f"\nwait of another tenant, with an empty queue: {before}; beside 10,000 of one that floods: {during}")
    # A slot becomes free every 10 ms, and workers claim ahead as much as they do in 50 ms.
    assert statistics.median(during.turns) <= 30
    if isinstance(field.store, AwsStore):
        # moto does one request after the other: its times show nothing, and a slow claim lets many pass.
        assert during.turns[-1] <= 100
    else:
        assert during.turns[-1] <= 30
        assert statistics.median(during.waited_s) < statistics.median(before.waited_s) + 0.1
