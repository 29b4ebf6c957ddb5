"""The function's sandboxes when their steps meet in an unusual order, with a real engine."""

import threading
import time
from collections.abc import Iterator

import pytest

import docker
from tests.harness.waiting import wait_for
from zuko.engine.container import Container
from zuko.engine.engine import LABEL, Engine
from zuko.errors import DrainingError
from zuko.languages.table import PYTHON
from zuko.pool.standby import QUIET_S, START_TIMEOUT_S, Standby
from zuko.sandbox.sandbox import Sandbox
from zuko.settings import Settings
from zuko.types import SandboxSpec

KIND = Settings().sandbox(PYTHON)


class Made:
    """An engine's containers, recorded so that lost ones are known too."""

    def __init__(self, client: docker.DockerClient) -> None:
        self.engine = Engine()
        self.client = client
        self.ids: list[str] = []

    def create(self, spec: SandboxSpec) -> Container:
        container = self.engine.create_sandbox(spec, standby=True)
        self.ids.append(container.container_id)
        return container

    def states(self) -> list[str]:
        found = self.client.api.containers(all=True, filters={"label": LABEL})
        return sorted(each["State"] for each in found if each["Id"] in self.ids)

    def wait_for_states(self, *states: str) -> None:
        wait_for(lambda: self.states() == list(states), 10, f"{states}", lambda: str(self.states()))


@pytest.fixture
def made(docker_client: docker.DockerClient) -> Iterator[Made]:
    """Return the recorded containers; at the end of the test all must be gone without a sweep."""
    made = Made(docker_client)
    yield made
    made.wait_for_states()
    made.engine.close()


@pytest.fixture
def standby(made: Made) -> Iterator[Standby]:
    standby = Standby(made.create, KIND)
    standby.open()
    yield standby
    close(standby)


def close(standby: Standby) -> None:
    """Close it in another thread, because it must not hang."""
    closing = threading.Thread(target=standby.close, args=(5,), daemon=True)
    closing.start()
    closing.join(15)
    assert not closing.is_alive(), "it hangs"


def settled(standby: Standby, made: Made) -> None:
    wait_for(lambda: standby.status(KIND).ready == 1, 10, "one to be ready")
    made.wait_for_states("created", "running")


class Late(Standby):
    """A standby whose threads are delayed, as on a busy host: after a start, the next sandbox is created as well."""

    def _await_start(self, deadline: float) -> None:
        super()._await_start(deadline)
        wait_for(lambda: self._created is not None, 10, "the next one to be created")


def test_one_that_was_waited_for_costs_no_other(made: Made) -> None:
    """A waiter for a start gets that sandbox, and the one that was created meanwhile stays for the next request."""
    late = Late(made.create, KIND)
    late.open()
    for taken in range(3):
        lease = late.reserve(KIND).result(10)
        assert lease.sandbox.container_id == made.ids[taken]
        lease.mark_broken()
        lease.release()
        late.after_response()  # the next is asked for, and not there when `reserve` is called
    made.wait_for_states("created", "running")
    close(late)


def test_closed_while_a_request_waits(made: Made) -> None:
    """A closed service hands out no sandbox, because it would not end it."""
    go = threading.Event()

    def create(spec: SandboxSpec) -> Container:
        go.wait(10)
        return made.create(spec)

    standby = Standby(create, KIND)
    reservation = standby.reserve(KIND)
    close(standby)
    go.set()
    with pytest.raises(DrainingError):
        reservation.result(10)


def test_closed_while_the_next_is_asked_for(
    standby: Standby, made: Made, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settled(standby, made)
    asking, go = threading.Event(), threading.Event()
    ask_start = Container.ask_start

    def held(container: Container) -> bool:
        asking.set()
        go.wait(10)
        return ask_start(container)

    monkeypatch.setattr(Container, "ask_start", held)
    lease = standby.reserve(KIND).result(10)
    lease.mark_broken()
    lease.release()
    settling = threading.Thread(target=standby.after_response)
    settling.start()
    assert asking.wait(10)
    close(standby)
    go.set()
    settling.join()
    assert not [record for record in caplog.records if record.exc_info]
    assert standby.status(KIND).starting == 0


def test_a_bug_in_a_start_keeps_no_request_waiting(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    finish_start = Container.finish_start
    failed: list[Container] = []

    def once(container: Container) -> Sandbox:
        if not failed:
            failed.append(container)
            container.discard()
            raise AttributeError("a bug")
        return finish_start(container)

    monkeypatch.setattr(Container, "finish_start", once)
    standby = Standby(made.create, KIND)
    standby.open()
    wait_for(lambda: failed, 10, "the start to fail")
    started = time.monotonic()
    standby.reserve(KIND).result(START_TIMEOUT_S).release()
    assert time.monotonic() - started < START_TIMEOUT_S
    assert standby.status(KIND).starting == 0
    close(standby)


@pytest.mark.parametrize("when", ["in use", "in use, and closed meanwhile", "ready"])
def test_one_that_went_silent_is_removed(standby: Standby, made: Made, when: str) -> None:
    """A silent sandbox might never read that it is to end."""
    settled(standby, made)
    lease = standby.reserve(KIND).result(10)
    sandbox = lease.sandbox
    made.client.api.pause(sandbox.container_id)
    if when == "in use, and closed meanwhile":
        standby.close(0.1)
    if when == "ready":
        sandbox.submissions_left = 2
        lease.release()
        sandbox.last_heard -= QUIET_S
        other = standby.reserve(KIND).result(10)
        assert other.sandbox is not sandbox
        other.release()
    else:
        lease.mark_broken()
        lease.release()
        standby.after_response()
    wait_for(lambda: "paused" not in made.states(), 10, "it to be removed", lambda: str(made.states()))


class Overtaken:
    """A lock that one thread gets late, the second time that it asks for it."""

    def __init__(self, thread_name: str) -> None:
        self.asked, self.go = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._name = thread_name
        self._times = 0

    def __enter__(self) -> None:
        if threading.current_thread().name == self._name:
            self._times += 1
            if self._times == 2:
                self.asked.set()
                self.go.wait(10)
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_a_waiter_that_gave_up_ends_no_other_sandbox(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request stops waiting for a start just before the start ends: the sandbox is another's by then."""
    start = threading.Event()
    start.set()
    finish_start = Container.finish_start

    def held(container: Container) -> Sandbox:
        start.wait(10)
        return finish_start(container)

    monkeypatch.setattr(Container, "finish_start", held)
    standby = Standby(made.create, KIND)
    lock = Overtaken("first")
    monkeypatch.setattr(standby, "_lock", lock)
    standby.open()
    settled(standby, made)
    lease = standby.reserve(KIND).result(10)
    start.clear()
    lease.mark_broken()
    lease.release()
    standby.after_response()
    first = threading.Thread(target=standby._await_start, args=(time.monotonic() + 0.2,), name="first")
    first.start()
    assert lock.asked.wait(10), "its time was not over"
    start.set()
    wait_for(lambda: standby.status(KIND).ready == 1, 10, "the start to end")
    second = standby.reserve(KIND).result(10)
    lock.go.set()
    first.join()
    second.sandbox.ping(5)
    second.mark_broken()
    second.release()
    close(standby)


def test_without_a_thread_nothing_is_lost(standby: Standby, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    settled(standby, made)
    assert standby._ready is not None
    standby._ready.last_heard -= QUIET_S  # it is to be asked first, by a thread
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", _no_thread)
        with pytest.raises(RuntimeError, match="can't start"):
            standby.reserve(KIND)
    assert standby.status(KIND).ready == 1
    standby.reserve(KIND).result(10).release()


def _no_thread(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")
