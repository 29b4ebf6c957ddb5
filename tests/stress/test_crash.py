"""Nothing is lost: workers are killed every two seconds, the client, the server and the database once.

Every acknowledged id has exactly one result, that of its own program, which its webhook brings, and what a killed
worker had is done again within its lease and three seconds. They mostly wait, so they run beside each other; but moto,
one process in Python, keeps a core busy, and what waits for it is late. The figures are printed.
"""

import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

import docker
from tests.harness.aws_place import new_place, silence, url_of
from tests.harness.containers import wait_for_orphans_to_end
from tests.harness.crash.field import LEASE_S, Field, Figures, check_webhooks, migrate
from tests.harness.crash.worker_process import NOOP
from tests.harness.moto_server import MotoServer
from tests.harness.postgres import Postgres
from tests.harness.receiver import Receiver
from zuko.submissions import webhooks
from zuko.submissions.aws import AwsStore

pytestmark = [pytest.mark.timeout(240), pytest.mark.long(40)]

COUNT = 480
RATE = 40.0  # a second
AWS_COUNT = 60
AWS_RATE = 4.0
type Show = Callable[[str, Figures], None]
WORKERS = [(NOOP, 4), ("real", 1), (NOOP, 4), ("real", 1), (NOOP, 4)]
RECEIVER_S = 0.05  # for which a delivery lasts, so that senders are killed within some
WEBHOOKS_S = webhooks.LEASE_S + 30  # what a killed sender had is due again after its lease


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(204, delay_s=RECEIVER_S) as receiver:
        yield receiver


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Show:
    """Print figures: where tests have several processes, only standard error leads to the terminal."""

    def show(name: str, figures: Figures) -> None:
        with capsys.disabled():
            print(f"\n{'':12}{Figures.HEAD}\n{name:12}{figures.row()}", file=sys.stderr)

    return show


def crash(field: Field, strike: Callable[[], None], count: int = COUNT, rate: float = RATE) -> Figures:
    """Submit, and kill workers meanwhile; in between kill the client once, the server once, and strike the store."""
    field.serve()
    client = field.submitter(0, count, rate)
    killing = field.kill_in_turn(WORKERS, 2.0)

    def kill_client() -> None:
        nonlocal client
        field.kill(client)
        # What was acknowledged last is sent again: its key has its id.
        acknowledged = max(field.numbers())
        client = field.submitter(acknowledged, count - acknowledged, rate)

    todo = {count // 4: kill_client, count // 2: field.kill_server, count * 3 // 4: strike}
    while client.poll() is None:
        next(killing)
        for number in [number for number in todo if number < len(field.numbers())][:1]:
            todo.pop(number)()
    assert not todo
    acknowledged_ids = [*field.numbers().values()]
    field.wait_until_done(acknowledged_ids, 60)
    field.wait_for_webhooks(acknowledged_ids, WEBHOOKS_S)
    check_webhooks(field, acknowledged_ids)
    return field.figures()


def check(figures: Figures, client: docker.DockerClient, count: int = COUNT) -> None:
    assert figures.acknowledged == count
    assert figures.lost == 0
    assert figures.results == count
    assert figures.redelivery_s  # else nothing was shown
    assert max(figures.redelivery_s) <= LEASE_S + 3.0
    wait_for_orphans_to_end(client, 15)  # those of killed workers


def test_sqlite(tmp_path: Path, show: Show, docker_client: docker.DockerClient, receiver: Receiver) -> None:
    with Field(f"sqlite:///{tmp_path / 'submissions.db'}", tmp_path, receiver=receiver) as field:
        figures = crash(field, strike=lambda: None)  # it has no process of its own
    show("SQLite", figures)
    check(figures, docker_client)


def test_postgresql(tmp_path: Path, show: Show, docker_client: docker.DockerClient, receiver: Receiver) -> None:
    with Postgres() as postgres:
        migrate(postgres.url)

        def strike() -> None:
            postgres.stop(signal.SIGQUIT)
            postgres.start()

        with Field(postgres.url, tmp_path, receiver=receiver) as field:
            figures = crash(field, strike)
    show("PostgreSQL", figures)
    check(figures, docker_client)


@pytest.mark.alone
def test_aws(
    tmp_path: Path, show: Show, docker_client: docker.DockerClient, receiver: Receiver, moto_server: MotoServer
) -> None:
    """With fewer, as moto takes some milliseconds for a request; in between all messages are lost."""
    with new_place(moto_server) as place, Field(url_of(place), tmp_path, receiver=receiver) as field:
        store = field.store
        assert isinstance(store, AwsStore)
        figures = crash(field, partial(silence, store), AWS_COUNT, AWS_RATE)
    show("AWS (moto)", figures)
    check(figures, docker_client, AWS_COUNT)
