"""An exception from a signal, at every place where code waits: nothing is left without an owner."""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Iterator

import pytest

import docker
from tests.harness.submissions import submission
from tests.harness.waiting import wait_for
from zuko.engine.engine import LABEL, Engine
from zuko.errors import DrainingError
from zuko.execution.blocking import BlockingExecutor
from zuko.execution.executor import Executor
from zuko.languages.table import PYTHON
from zuko.pool.lease import give_up
from zuko.pool.ondemand import OnDemand
from zuko.pool.pool import Pool
from zuko.pool.source import SandboxSource
from zuko.pool.standby import Standby
from zuko.sandbox.sandbox import Sandbox
from zuko.settings import Settings
from zuko.types import SandboxSpec

KIND = Settings().sandbox(PYTHON)


class Interrupted(BaseException):
    """The exception that the signal raises."""


@contextlib.contextmanager
def interrupted(after_s: float) -> Iterator[None]:
    """Expect a signal to end the block."""

    def interrupt(*_: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, after_s)
    try:
        with pytest.raises(Interrupted):
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Started:
    """Starts sandboxes, and knows their containers."""

    def __init__(self, client: docker.DockerClient) -> None:
        self.engine = Engine()
        self.client = client
        self.ids: list[str] = []

    def start(self, spec: SandboxSpec, core: int | None = None) -> Sandbox:
        container = self.engine.create_sandbox(spec, core)
        self.ids.append(container.container_id)
        return container.finish_start()

    def left(self) -> list[str]:
        found = self.client.api.containers(all=True, filters={"label": LABEL})
        return [each["Id"] for each in found if each["Id"] in self.ids]


@pytest.fixture
def started(docker_client: docker.DockerClient) -> Iterator[Started]:
    started = Started(docker_client)
    yield started
    wait_for(lambda: not started.left(), 10, "every sandbox to be removed")
    started.engine.close()


def test_a_start_that_was_waited_for(started: Started) -> None:
    """A reservation that is given up before it is served leaves no sandbox."""
    ondemand = OnDemand(started.start, 1)
    ondemand.open()
    reservation = ondemand.reserve(KIND)
    with interrupted(0.05):  # a start takes longer
        reservation.result()
    give_up(reservation)
    ondemand.close(0)
    assert ondemand.leases.lent() == []


def test_a_place_in_the_queue(docker_client: docker.DockerClient) -> None:
    executor = Executor(Settings(concurrency=1, ready_sandboxes=1))
    with BlockingExecutor(executor) as blocking:
        wait_for(lambda: executor.status().ready == 1, 20, "a sandbox")
        held = threading.Thread(target=lambda: asyncio.run(executor.execute(submission("import time; time.sleep(2)"))))
        held.start()
        wait_for(lambda: executor.status().busy == 1, 10, "the other one to run")
        with interrupted(0.3):
            blocking.execute(submission("print(1)"))
        held.join()
        assert blocking.execute(submission("print(2)")).stdout == "2\n"
        assert executor.status().busy == 0


@pytest.mark.parametrize("kind", ["pool", "standby", "ondemand"])
def test_companions_end_with_all_others(started: Started, kind: str) -> None:
    """Existing companions end, and so do later ones."""
    source: SandboxSource
    match kind:
        case "pool":
            source = Pool(started.start, lambda: [None], kept=[KIND], ready=1, queue_size=1, idle_s=600)
        case "standby":
            source = Standby(started.engine.create_sandbox, KIND)
        case _:
            source = OnDemand(started.start, 1)
    source.open()
    lease = source.reserve(KIND).result(20)
    companion = lease.companion(KIND)
    companion.ping(5)
    source.leases.cancel_all()
    wait_for(companion.has_ended, 5, "it to end")
    wait_for(lease.sandbox.has_ended, 5, "its lease's to end")
    with pytest.raises(DrainingError):
        lease.companion(KIND)
    lease.release()
    source.close(5)
