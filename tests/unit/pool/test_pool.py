"""The pool alone, with sandboxes that are half a socket pair, for events that a real engine rarely causes.

At the end of each test all slots are free, no sandbox is lost, and none was handed out twice."""

import contextlib
import random
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, cast

import pytest

from tests.harness.waiting import wait_for
from zuko.errors import DrainingError, EngineError, ImageMissingError, NoCapacityError, SandboxError
from zuko.languages.table import PYTHON
from zuko.pool.lease import Lease, give_up
from zuko.pool.pool import Pool
from zuko.settings import Settings
from zuko.types import SandboxSpec

KIND = Settings().sandbox(PYTHON)


class FakeSandbox:
    """A stand-in for the sandbox that the pool needs. `end` plays the container's end; it records its holder."""

    hello = None

    def __init__(self, spec: SandboxSpec, core: int | None, runs: int) -> None:
        self.spec = spec
        self.core = core
        self.submissions_left = runs
        self.last_heard = time.monotonic()
        self.closed = False
        self.holders = 0
        self._ours, self._its = socket.socketpair()

    def use(self) -> None:
        """Use the sandbox for a run; raise if it is in use, or closed."""
        self.holders += 1
        assert self.holders == 1, "handed out twice"
        assert not self.closed, "handed out after its end"
        self.submissions_left -= 1
        time.sleep(random.random() / 500)
        self.holders -= 1

    def end_submission(self) -> bool:
        return self.submissions_left > 0

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self._its.shutdown(socket.SHUT_RDWR)

    def has_ended(self) -> bool:
        self._ours.setblocking(False)
        try:
            return self._ours.recv(1) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def fileno(self) -> int:
        return self._ours.fileno()

    def ping(self, timeout_s: float) -> None:
        if self.has_ended():
            raise SandboxError("no answer")
        self.last_heard = time.monotonic()

    def cancel(self) -> None:
        self.end()

    def kill(self) -> None:
        self.end()

    def close(self) -> None:
        self.closed = True
        self._ours.close()
        self._its.close()


def give_back(lease: Lease, *, broken: bool = False) -> None:
    if broken:
        lease.mark_broken()
    lease.release()


@pytest.fixture(autouse=True)
def none_is_lost(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """At the end of each test the pool is closed, and so is every sandbox that was made."""
    made: list[FakeSandbox] = []
    init = FakeSandbox.__init__

    def noted(sandbox: FakeSandbox, *arguments: Any) -> None:
        init(sandbox, *arguments)
        made.append(sandbox)

    monkeypatch.setattr(FakeSandbox, "__init__", noted)
    yield
    assert [sandbox for sandbox in made if not sandbox.closed] == []


class Host:
    """A host that makes fake sandboxes, counts them, and fails when the test wants it to."""

    def __init__(self, runs: int = 1) -> None:
        self.made: list[FakeSandbox] = []
        self.runs = runs
        self.fails: Callable[[int | None], bool] = lambda _: False

    def start(self, spec: SandboxSpec, core: int | None) -> Any:
        time.sleep(random.random() / 500)
        if self.fails(core):
            raise EngineError("the host is away")
        sandbox = FakeSandbox(spec, core, self.runs)
        self.made.append(sandbox)
        return sandbox

    def alive(self) -> list[FakeSandbox]:
        return [sandbox for sandbox in self.made if not sandbox.closed]


@contextlib.contextmanager
def opened(host: Host, cores: list[int | None], **options: Any) -> Iterator[Pool]:
    """Open a pool; at the end of the block all slots must be free, and after its end every sandbox closed."""
    pool = Pool(host.start, lambda: cores, **{"kept": [KIND], "ready": 2, "queue_size": 64, "idle_s": 600, **options})
    pool.open()
    try:
        yield pool
        wait_for(lambda: pool._slots.free == pool._slots.total == Counter(cores), 5, "every slot to be free")
        wait_for(lambda: pool.status(KIND).ready >= 2 * len(cores), 10, "a full pool")
        wait_for(lambda: pool.status(KIND).starting == 0, 5, "no start to be under way")
        assert pool.status(KIND).busy == 0
        kinds = list(pool._stocks)
        wait_for(lambda: not any(pool.status(kind).starting for kind in kinds), 5, "no start of any kind")
        wait_for(
            lambda: len(host.alive()) == sum(pool.status(kind).ready for kind in kinds),
            5,
            "every sandbox to be ready or closed",
        )
    finally:
        pool.close(5)
    assert host.alive() == []


@pytest.mark.parametrize("runs", [1, 2, 1000])
@pytest.mark.parametrize("cores", [[0, 1], [None] * 3, [0, 0, 1]], ids=["pinned", "unpinned", "uneven"])
def test_nothing_is_lost_or_lent_twice(cores: list[int | None], runs: int) -> None:
    """Askers that run, break, give up at any moment, and containers that end under everyone's feet."""
    host = Host(runs)
    served = Counter[str]()
    stop = threading.Event()

    def ask(seed: int) -> None:
        dice = random.Random(seed)
        while not stop.is_set():
            try:
                reservation = pool.reserve(KIND)
            except NoCapacityError:
                served["refused"] += 1
                continue
            if dice.random() < 0.3:  # gives up: at once, in a moment, or just as it is served
                time.sleep(dice.random() / 200)
                give_up(reservation)
                served["abandoned"] += 1
                continue
            lease = reservation.result(10)
            sandbox: Any = lease.sandbox
            broken = dice.random() < 0.2
            sandbox.use()
            if broken:
                sandbox.end()
            give_back(lease, broken=broken)
            served["served"] += 1

    def fault() -> None:
        dice = random.Random(0)
        while not stop.is_set():
            time.sleep(0.005)
            for sandbox in dice.sample(host.alive(), k=min(1, len(host.alive()))):
                sandbox.end()

    with opened(host, cores, queue_size=16) as pool, ThreadPoolExecutor(25) as threads:
        work = [threads.submit(ask, seed) for seed in range(24)] + [threads.submit(fault)]
        time.sleep(0.7)  # of hammering, on a busy machine more
        with contextlib.suppress(TimeoutError, AssertionError):
            wait_for(lambda: served["served"] > 100 and served["abandoned"] > 20, 30, "enough of it")
        stop.set()
        for future in work:
            future.result(15)
    assert served["served"] > 100
    assert served["abandoned"] > 20


def test_host_that_comes_and_goes() -> None:
    """Waiters get an error, and service resumes by itself."""
    host = Host()
    with opened(host, [0, 1]) as pool:
        wait_for(lambda: pool.status(KIND).ready == 4, 5, "a full pool")
        host.fails = lambda _: True
        for _ in range(4):
            give_back(pool.reserve(KIND).result(5), broken=True)
        with pytest.raises(EngineError, match="away"):
            pool.reserve(KIND).result(5)
        assert pool.status(KIND).last_error == "the host is away"
        host.fails = lambda _: False
        wait_for(lambda: pool.status(KIND).last_error is None, 5, "the pool to notice")
        give_back(pool.reserve(KIND).result(5))


def test_one_that_is_asked_for_a_sign_of_life_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox that is being pinged will be ready again: waiters do not get an error, and no other one is started."""
    host = Host()
    asked, go = threading.Event(), threading.Event()
    ping = FakeSandbox.ping

    def held(sandbox: FakeSandbox, timeout_s: float) -> None:
        asked.set()
        go.wait(10)
        ping(sandbox, timeout_s)

    monkeypatch.setattr(FakeSandbox, "ping", held)
    pool = Pool(host.start, lambda: [0], kept=[KIND], ready=1, queue_size=1, idle_s=1)
    pool.open()
    try:
        assert asked.wait(10)
        host.fails = lambda _: True
        pool._stocks[KIND].last_error = EngineError("the host is full")
        reservation = pool.reserve(KIND)
        time.sleep(0.3)
        assert not reservation.done()
        assert len(host.made) == 1
        go.set()
        give_back(reservation.result(5))
    finally:
        go.set()
        pool.close(5)
    assert host.alive() == []


def test_a_bug_in_a_ping_loses_no_sandbox(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """The one that was asked is replaced."""
    host = Host()
    faults = [ValueError("an unexpected error")]
    ping = FakeSandbox.ping

    def fail(sandbox: FakeSandbox, timeout_s: float) -> None:
        if faults:
            raise faults.pop()
        ping(sandbox, timeout_s)

    monkeypatch.setattr(FakeSandbox, "ping", fail)
    with opened(host, [0], idle_s=1):
        wait_for(lambda: not faults, 5, "the fault")
    assert "a round of the pool's keeper failed" in caplog.messages


def test_without_a_thread_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The executor has queued the start by the time that it says so."""
    host = Host()
    with opened(host, [0]) as pool:
        wait_for(lambda: pool.status(KIND).ready == 2, 5, "a full pool")
        submit = pool._starters.submit

        def fail(*work: Any) -> None:
            submit(*work)
            raise RuntimeError("can't start new thread")

        monkeypatch.setattr(pool._starters, "submit", fail)
        first = pool.reserve(KIND)
        second = pool.reserve(KIND)  # has to wait, so that a start is asked for
        give_back(first.result(5))
        give_back(second.result(5))
        monkeypatch.undo()


def test_one_core_that_cannot_be_used() -> None:
    """A Docker host may refuse one core (another cpuset, a core that is off): the others go on serving."""
    host = Host()
    host.fails = lambda core: core == 0
    pool = Pool(host.start, lambda: [0, 1], kept=[KIND], ready=2, queue_size=64, idle_s=600)
    pool.open()
    try:
        for _ in range(12):
            lease = pool.reserve(KIND).result(5)
            sandbox: Any = lease.sandbox
            sandbox.use()
            give_back(lease)
    finally:
        pool.close(1)


def test_problem_is_logged_once(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is met, on however many cores; again after a while; and once when it is over."""
    caplog.set_level("INFO", "zuko.pool.failures")
    monkeypatch.setattr("zuko.pool.stock.BACKOFF_S", (0.01,))
    host = Host()
    host.fails = lambda _: True
    with opened(host, [0, 1]) as pool:
        wait_for(lambda: pool._stocks[KIND].failures.total() > 20, 5, "failures")
        (message,) = caplog.messages
        assert re.fullmatch("no sandbox can be started on core [01]: the host is away", message)
        monkeypatch.setattr("zuko.pool.failures.REMIND_S", 0.0)
        wait_for(lambda: len(caplog.messages) > 1, 5, "a reminder")
        host.fails = lambda _: False
    assert set(caplog.messages[1:-1]) <= {message, message.replace("0", "1"), message.replace("1", "0")}
    assert caplog.messages[-1] == "sandboxes can be started again; before: the host is away"


def test_problem_of_no_core_names_none(caplog: pytest.LogCaptureFixture) -> None:
    """Before the host has first responded, its cores are not known."""
    answers: list[Exception | list[int | None]] = [EngineError("the host is away"), [None]]

    def find_slots() -> list[int | None]:
        response = answers.pop(0)
        if isinstance(response, Exception):
            raise response
        return response

    pool = Pool(Host().start, find_slots, kept=[KIND], ready=1, queue_size=4, idle_s=600)
    pool.open()
    try:
        wait_for(lambda: pool.status(KIND).ready, 5, "a sandbox")
    finally:
        pool.close(1)
    assert caplog.messages[0] == "no sandbox can be started: the host is away"


@pytest.mark.parametrize("part", ["sweep", "find_slots"])
def test_keeper_survives(part: str) -> None:
    """An unexpected error in the keeper's thread is logged, and the pool goes on."""
    host = Host()
    faults = [ValueError("an unexpected error")]

    def fault() -> int:
        if faults:
            raise faults.pop()
        return 0

    def find_slots() -> list[int | None]:
        if part == "find_slots":
            fault()
        return [0]

    pool = Pool(
        host.start,
        find_slots,
        kept=[KIND],
        ready=1,
        queue_size=4,
        idle_s=600,
        sweep=fault if part == "sweep" else lambda: 0,
    )
    pool.open()
    try:
        wait_for(lambda: not faults, 5, "the fault")
        give_back(pool.reserve(KIND).result(5))
        assert pool._keeper._thread.is_alive()
    finally:
        pool.close(1)


def test_give_back_after_close() -> None:
    """A run that outlasts the time to drain ends after the pool: its sandbox is closed, its slot counted."""
    host = Host()
    pool = Pool(host.start, lambda: [0], kept=[KIND], ready=1, queue_size=4, idle_s=600)
    pool.open()
    sandbox = pool.reserve(KIND).result(5)
    pool.close(0)
    give_back(sandbox, broken=True)
    assert host.alive() == []
    assert pool.status(KIND).busy == 0


def test_quiet_sandboxes_are_all_pinged_in_time() -> None:
    """Many sandboxes, a short idle time: none hears nothing for that long."""
    host = Host()
    worst = 0.0
    with opened(host, [0] * 16, idle_s=3) as pool:
        wait_for(lambda: pool.status(KIND).ready == 32, 5, "a full pool")
        end = time.monotonic() + 6  # twice its idle time
        while time.monotonic() < end:
            worst = max(worst, *(time.monotonic() - sandbox.last_heard for sandbox in host.alive()))
            time.sleep(0.05)
    assert worst < 3


def test_drain_ends_waiting() -> None:
    """The queue empties with an answer, the running one may finish, nothing new is taken."""
    host = Host()
    pool = Pool(host.start, lambda: [0], kept=[KIND], ready=1, queue_size=4, idle_s=600)
    pool.open()
    running = pool.reserve(KIND).result(5)
    waiting = pool.reserve(KIND)
    pool.drain()
    with pytest.raises(DrainingError):
        waiting.result(1)
    with pytest.raises(DrainingError):
        pool.reserve(KIND)
    closing = threading.Thread(target=pool.close, args=(5,))
    closing.start()
    give_back(running)
    closing.join(2)
    assert not closing.is_alive()
    assert host.alive() == []


OTHER = replace(KIND, image="zuko-other:1")


def test_kinds_share_the_slots() -> None:
    """Slots limit the runs of all kinds together; each waiter gets its kind in turn."""
    host = Host()
    with opened(host, [0, 1]) as pool:
        first, second = pool.reserve(KIND).result(5), pool.reserve(OTHER).result(5)
        assert (first.sandbox.spec, second.sandbox.spec) == (KIND, OTHER)
        waiting = [pool.reserve(kind) for kind in (OTHER, KIND)]
        time.sleep(0.1)
        assert not any(each.done() for each in waiting)
        give_back(first)
        give_back(second)
        for each, kind in zip(waiting, (OTHER, KIND), strict=True):
            lease = each.result(5)
            assert lease.sandbox.spec == kind
            give_back(lease)


def test_kind_on_demand_is_kept_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind on demand has sandboxes from its first request until it was not used for long."""
    monkeypatch.setattr("zuko.pool.pool.KEEP_S", 1.0)
    host = Host()
    with opened(host, [0, 1]) as pool:
        assert pool.status(OTHER).ready == 0
        give_back(pool.reserve(OTHER).result(5))
        wait_for(lambda: pool.status(OTHER).ready == 2, 5, "one for each slot")
        wait_for(lambda: pool.status(OTHER).ready == 0, 5, "them to be given up")
        wait_for(lambda: all(one.spec == KIND for one in host.alive()), 5, "their end")
        give_back(pool.reserve(OTHER).result(5))


def test_kind_that_cannot_be_started_fails_alone() -> None:
    """All waiters of that kind get an error at once; others are not affected, and it is not tried again."""
    host = Host()
    tried = Counter[str]()

    def start(spec: SandboxSpec, core: int | None) -> Any:
        tried[spec.image] += 1
        if spec == OTHER:
            raise ImageMissingError("no image zuko-other:1")
        return host.start(spec, core)

    pool = Pool(start, lambda: [0, 1], kept=[KIND], ready=1, queue_size=8, idle_s=600)
    pool.open()
    try:
        for _ in range(3):
            with pytest.raises(ImageMissingError):
                pool.reserve(OTHER).result(5)
            give_back(pool.reserve(KIND).result(5))
        assert pool.status(KIND).last_error is None
        time.sleep(1.5)  # who asks while an attempt has to wait is answered at once, and has it made when it is due
        before = tried[OTHER.image]
        time.sleep(1)
        assert tried[OTHER.image] == before
    finally:
        pool.close(1)


def test_spare_is_lent_only_without_waiters() -> None:
    """A second sandbox for one submission never takes the place of another submission."""
    host = Host()
    with opened(host, [0, 1]) as pool:
        wait_for(lambda: pool.status(KIND).ready == 4, 5, "a full pool")
        first = pool.reserve(KIND).result(5)
        spare = first.try_borrow()
        assert spare is not None
        assert first.try_borrow() is None  # both slots are taken
        waiting = pool.reserve(KIND)
        give_back(spare)
        second = waiting.result(5)
        assert first.try_borrow() is None
        give_back(first)
        give_back(second)


def test_one_that_waits_for_a_kind_on_demand_is_never_forgotten() -> None:
    """A start fails while a run of that kind goes on in a sandbox that is not reusable: the waiter gets an error."""
    host = Host()
    with opened(host, [0]) as pool:
        running = pool.reserve(OTHER).result(5)
        wait_for(lambda: pool.status(OTHER).ready, 5, "the next one")
        host.fails = lambda _: True
        for sandbox in host.alive():
            if sandbox is not cast(object, running.sandbox):
                sandbox.end()
        wait_for(lambda: pool.status(OTHER).last_error, 5, "a failed start")
        waiting = pool.reserve(OTHER)
        with pytest.raises(EngineError, match="away"):
            waiting.result(5)
        host.fails = lambda _: False
        give_back(running)


def test_one_that_waits_for_a_sandbox_that_breaks_gets_another() -> None:
    """A start fails while one is out that would come back: there is hope, until it breaks, and then another attempt."""
    host = Host(runs=2)
    with opened(host, [0]) as pool:
        running = pool.reserve(OTHER).result(5)
        wait_for(lambda: pool.status(KIND).ready == 2, 5, "the others")
        waiting = pool.reserve(OTHER)
        with pool._lock:
            pool._stocks[OTHER].note_failure(EngineError("the host is away"), 0)
        time.sleep(0.1)
        assert not waiting.done()
        give_back(running, broken=True)
        give_back(waiting.result(5))


def test_companions_run_until_everything_is_ended() -> None:
    """A run may finish and start a companion for that; when runs are cancelled, their companions are too."""
    host = Host()
    pool = Pool(host.start, lambda: [0], kept=[KIND], ready=1, queue_size=4, idle_s=600)
    pool.open()
    running = pool.reserve(KIND).result(5)
    pool.drain()
    companions: list[Any] = [running.companion(OTHER) for _ in range(2)]
    running.end_companion(companions.pop())
    assert not companions[0].has_ended()
    pool.leases.cancel_all()
    assert companions[0].has_ended()
    made = len(host.made)
    with pytest.raises(DrainingError):
        running.companion(OTHER)
    assert len(host.made) == made
    give_back(running, broken=True)
    pool.close(1)
    assert host.alive() == []


def test_companion_that_comes_too_late_is_closed() -> None:
    """The run is cancelled while its companion is being started."""
    host = Host()
    starting, go_on = threading.Event(), threading.Event()

    def start(spec: SandboxSpec, core: int | None) -> Any:
        if spec == OTHER:
            starting.set()
            go_on.wait(5)
        return host.start(spec, core)

    pool = Pool(start, lambda: [0], kept=[KIND], ready=1, queue_size=4, idle_s=600)
    pool.open()
    running = pool.reserve(KIND).result(5)
    with ThreadPoolExecutor(1) as threads:
        companion = threads.submit(running.companion, OTHER)
        starting.wait(5)
        pool.leases.cancel_all()
        go_on.set()
        with pytest.raises(DrainingError):
            companion.result(5)
    running.release()
    pool.close(1)
    assert host.alive() == []


def test_ready_sandbox_that_has_ended_is_no_companion() -> None:
    """It is closed, and another one is started in its place."""
    host = Host()
    with opened(host, [0]) as pool, pool.reserve(KIND).result(5) as lease:
        wait_for(lambda: pool.status(KIND).ready == 2, 5, "a full pool")
        with pool._lock:
            (first, _) = pool._stocks[KIND].ready()
            first.cancel()
            ended: Any = first
        companion = lease.companion(KIND)
        assert companion is not ended
        assert not companion.has_ended()
        wait_for(lambda: ended.closed, 1, "its end")
