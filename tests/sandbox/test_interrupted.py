"""A signal's exception, wherever somebody waits: nothing stays behind that nobody has."""

import contextlib
import signal
from collections.abc import Iterator

import pytest

import docker
from tests.harness.submissions import submission
from tests.harness.waiting import wait_for
from zuko.engine.engine import LABEL, Engine
from zuko.errors import DrainingError
from zuko.execution.executor import Executor
from zuko.languages.table import PYTHON
from zuko.pool.ondemand import OnDemand
from zuko.pool.pool import Pool
from zuko.pool.standby import Standby
from zuko.sandbox.sandbox import Sandbox
from zuko.settings import Settings
from zuko.types import SandboxSpec

KIND = Settings().sandbox(PYTHON)


class Interrupted(BaseException):
    """What the signal raises."""


@contextlib.contextmanager
def interrupted(after_s: float) -> Iterator[None]:
    """The block is ended by a signal, which has to come in it."""

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


def test_a_companion_that_was_waited_for(started: Started) -> None:
    ondemand = OnDemand(started.start, 1)
    lent = ondemand.reserve(KIND).result(20)
    with interrupted(0.05):  # a start takes longer
        ondemand.start_companion(KIND, None)
    ondemand.close()
    assert lent.has_ended()


def test_a_place_in_the_queue(docker_client: docker.DockerClient) -> None:
    executor = Executor(Settings(concurrency=1, ready_sandboxes=1))
    executor.open()
    try:
        held = executor.reserve(PYTHON).result(20)
        with interrupted(0.3):
            executor.execute(submission("print(1)"))
        executor.pool.give_back(held)
        assert executor.execute(submission("print(2)")).stdout == "2\n"
        assert executor.pool.status(KIND).busy == 0
    finally:
        executor.close()


@pytest.mark.parametrize("kind", ["pool", "standby", "ondemand"])
def test_companions_end_with_all_others(started: Started, kind: str) -> None:
    """Those that there are, and those to come: nobody but their user knows of them."""
    match kind:
        case "pool":
            of: Pool | Standby | OnDemand = Pool(
                started.start, lambda: [None], kept=[KIND], ready=1, queue_size=1, idle_s=600
            )
        case "standby":
            of = Standby(started.engine.create_sandbox, KIND)
        case _:
            of = OnDemand(started.start, 1)
    of.open()
    companion = of.start_companion(KIND, None)
    companion.ping(5)
    of.cancel_all()
    wait_for(companion.has_ended, 5, "it to end")
    companion.close()
    with pytest.raises(DrainingError):
        of.start_companion(KIND, None)
    of.close(5)
