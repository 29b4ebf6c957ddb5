"""Cores of programs that sleep, lent to those that wait: `zuko/pool/lending.py` in a pool of fake sandboxes.

At the end of each test all slots are free, no sandbox is lost, and none was handed out slow.
"""

import random
import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.harness.waiting import wait_for
from tests.unit.pool.host import KIND, OTHER, FakeSandbox, Host, give_back, opened
from zuko.caller import Allowance, Caller
from zuko.errors import DrainingError, EngineError, NoCapacityError
from zuko.pool import lending
from zuko.pool.lease import Lease, Reservation, give_up
from zuko.pool.pool import Pool

ONE, OTHERS, THIRD = Caller("one"), Caller("others"), Caller("third")
SOON_S = 5


def fake(lease: Lease) -> FakeSandbox:
    sandbox: Any = lease.sandbox
    return sandbox  # type: ignore[no-any-return]


def begin(reservation: Reservation, *, sleeps: bool = True) -> Lease:
    """Return the lease of a program that sleeps, or works."""
    lease = reservation.result(SOON_S)
    lease.may_sleep = True
    if sleeps:
        fake(lease).sleep()
    return lease


def begin_served(waiting: list[Reservation], number: int) -> list[Lease]:
    """Return so many leases of programs that sleep, as they are served, and take them off the list."""
    began: list[Lease] = []
    while len(began) < number:
        wait_for(lambda: any(each.done() for each in waiting), SOON_S, "the next")
        served = next(each for each in waiting if each.done())
        waiting.remove(served)
        began.append(begin(served))
    return began


def is_served(reservation: Reservation) -> bool:
    """Return whether a reservation is served, after time enough for it."""
    time.sleep(0.05)
    return reservation.done()


@pytest.fixture(autouse=True)
def never_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No core comes back for lack of use, unless a test wants that."""
    monkeypatch.setattr(lending, "QUIET_S", 1000.0)


def test_a_sleeper_lends_its_core() -> None:
    """One waits, and gets the slot of one that sleeps; that has a small share, and its sandbox is used again."""
    with opened(Host(runs=9), [0], sleepers=2) as pool:
        sleeper = begin(pool.reserve(KIND, ONE))
        assert not fake(sleeper).changes, "no one waits"
        waiter = begin(pool.reserve(KIND, OTHERS), sleeps=False)
        assert fake(sleeper).is_slow
        assert not fake(waiter).is_slow
        assert pool.status(KIND).busy == 2
        give_back(sleeper)
        give_back(waiter)
        wait_for(lambda: not fake(sleeper).is_slow, SOON_S, "the sandbox to have its core back")


@pytest.mark.parametrize("sleepers", [0, 2])
def test_one_that_works_or_must_not_be_late_keeps_its_core(sleepers: int) -> None:
    with opened(Host(), [0], sleepers=sleepers) as pool:
        lease = begin(pool.reserve(KIND, ONE), sleeps=False)
        waiting = pool.reserve(KIND, OTHERS)
        assert not is_served(waiting)
        lease.may_sleep = sleepers == 0
        fake(lease).sleep()
        assert not is_served(waiting)
        give_back(lease)
        give_back(waiting.result(SOON_S))


def test_as_many_as_there_may_be() -> None:
    """However many sleep, so many sandboxes are in use at most; the first that ends makes room."""
    callers = [Caller(f"caller {number}") for number in range(8)]
    with opened(Host(), [0, 1], sleepers=2, queue_size=64) as pool:
        waiting = [pool.reserve(KIND, caller) for caller in callers]
        began = begin_served(waiting, 6)
        assert not any(is_served(each) for each in waiting)
        assert pool.status(KIND).busy == 6
        give_back(began.pop(0))
        began += begin_served(waiting, 1)
        assert not is_served(waiting[0])
        for lease in began:
            give_back(lease)
        give_back(waiting[0].result(SOON_S))


def test_one_caller_leaves_cores_to_others() -> None:
    """A flood of sleepers of one caller takes half of the loans; another's programs are served, however many come."""
    with opened(Host(runs=50), [0, 1], sleepers=4, queue_size=64) as pool:
        flood = [pool.reserve(KIND, ONE) for _ in range(20)]
        began = begin_served(flood, 6)
        assert not any(is_served(each) for each in flood)
        for _ in range(5):
            give_back(begin(pool.reserve(KIND, OTHERS), sleeps=False))
        other = begin(pool.reserve(KIND, OTHERS))
        third = begin(pool.reserve(OTHER, THIRD), sleeps=False)  # of another kind, with a sandbox that is to be started
        assert not any(is_served(each) for each in flood)
        for each in flood:
            give_up(each)
        for lease in (*began, other, third):
            give_back(lease)


def test_a_caller_that_has_all_its_runs_is_not_served() -> None:
    bounded = Caller("one", Allowance(runs=1))
    with opened(Host(), [0], sleepers=2) as pool:
        lease = begin(pool.reserve(KIND, bounded))
        waiting = pool.reserve(KIND, bounded)
        assert not is_served(waiting)
        assert not fake(lease).changes
        give_back(lease)
        give_back(waiting.result(SOON_S))


def test_one_that_wakes_is_next() -> None:
    """It shares the core, and has it before others as soon as it is free; it may then lend it again."""
    with opened(Host(), [0], sleepers=2) as pool:
        sleeper = begin(pool.reserve(KIND, ONE))
        running = begin(pool.reserve(KIND, OTHERS), sleeps=False)
        fake(sleeper).sleep(False)
        waiting = pool.reserve(KIND, THIRD)
        assert not is_served(waiting)
        assert fake(sleeper).is_slow
        give_back(running)
        wait_for(lambda: not fake(sleeper).is_slow, SOON_S, "its core")
        assert not is_served(waiting)
        fake(sleeper).sleep()
        give_back(waiting.result(SOON_S))
        give_back(sleeper)


@pytest.mark.parametrize("is_wanted", [True, False], ids=["others wait", "no one waits"])
def test_one_that_sleeps_does_not_keep_the_core_of_one_that_has_woken(is_wanted: bool) -> None:
    with opened(Host(runs=9), [0], sleepers=2) as pool:
        woken = begin(pool.reserve(KIND, ONE))
        running = begin(pool.reserve(KIND, OTHERS), sleeps=False)
        waiting = [pool.reserve(KIND, THIRD) for _ in range(is_wanted)]
        fake(woken).sleep(False)
        assert fake(woken).is_slow
        fake(running).sleep()
        wait_for(lambda: not fake(woken).is_slow, SOON_S, "its core")
        assert not any(is_served(each) for each in waiting)
        give_back(woken)
        for lease in (running, *(each.result(SOON_S) for each in waiting)):
            give_back(lease)


def test_one_that_pretends_to_sleep_lends_so_many_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each loan takes two calls to the engine: a program that sleeps and works in turn causes no more of them."""
    monkeypatch.setattr(lending, "LOANS_MAX", 3)
    with opened(Host(), [0], sleepers=2) as pool:
        sleeper = begin(pool.reserve(KIND, ONE), sleeps=False)
        for number in range(3):
            waiting = pool.reserve(KIND, OTHERS)
            fake(sleeper).sleep()
            running = waiting.result(SOON_S)
            fake(sleeper).sleep(False)
            give_back(running)
            wait_for(lambda: fake(sleeper).changes == 2 * number + 2, SOON_S, "its core")  # noqa: B023 - at once
        waiting = pool.reserve(KIND, OTHERS)
        fake(sleeper).sleep()
        assert not is_served(waiting)
        assert fake(sleeper).changes == 6
        give_back(sleeper)
        give_back(waiting.result(SOON_S))


def test_a_core_that_no_one_uses_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that still sleeps, when no one waits any more, will find the whole of its core when it wakes."""
    with opened(Host(runs=9), [0], sleepers=2) as pool:
        sleeper = begin(pool.reserve(KIND, ONE))
        running = begin(pool.reserve(KIND, OTHERS), sleeps=False)
        wait_for(lambda: pool.status(KIND).ready == 1, SOON_S, "the one that is started in its place")
        monkeypatch.setattr(lending, "QUIET_S", 0.0)
        give_back(running)
        wait_for(lambda: not fake(sleeper).is_slow, SOON_S, "its core")
        give_back(sleeper)
        wait_for(lambda: pool.status(KIND).ready == 2, SOON_S, "no more to be kept than before")


@pytest.mark.parametrize("engine_fails", [False, True], ids=["done", "refused"])
@pytest.mark.parametrize("is_broken", [False, True], ids=["ended", "broken"])
def test_one_that_ends_while_the_engine_is_busy(is_broken: bool, engine_fails: bool) -> None:
    """Its slot is free once, and its sandbox is not used before it has its core back."""
    busy, go_on = threading.Event(), threading.Event()

    def hold(sandbox: FakeSandbox) -> None:
        sandbox.on_change = lambda _: None
        busy.set()
        assert go_on.wait(SOON_S)
        if engine_fails:
            raise EngineError("no such container")

    with opened(Host(runs=9), [0], sleepers=2) as pool:
        sleeper = begin(pool.reserve(KIND, ONE), sleeps=False)
        fake(sleeper).on_change = hold
        waiting = pool.reserve(KIND, OTHERS)
        fake(sleeper).sleep()
        assert busy.wait(SOON_S)
        give_back(sleeper, broken=is_broken)
        give_back(waiting.result(SOON_S))
        go_on.set()


def test_another_lends_when_one_ends_while_the_engine_is_busy() -> None:
    def end(sandbox: FakeSandbox) -> None:
        give_back(began[sandbox.core == fake(began[1]).core], broken=True)
        raise EngineError("no such container")

    with opened(Host(runs=9), [0, 1], sleepers=2) as pool:
        began = [begin(pool.reserve(KIND, ONE), sleeps=False) for _ in range(2)]
        first = began[0]
        fake(first).on_change = end
        fake(first).sleep()
        fake(began[1]).is_asleep = True  # reported while the lender is busy
        waiting = [pool.reserve(KIND, OTHERS) for _ in range(2)]
        served = [each.result(SOON_S) for each in waiting]
        for lease in (began[1], *served):
            give_back(lease)


def test_an_engine_that_refuses_is_asked_again() -> None:
    """A program whose share could not be changed keeps its slot, and gets the whole of its core until that works."""
    with opened(Host(runs=9), [0], sleepers=2) as pool:
        sleeper = begin(pool.reserve(KIND, ONE), sleeps=False)
        failures = iter([True, True])

        def fail(_: FakeSandbox) -> None:
            if next(failures, False):
                raise EngineError("away")

        fake(sleeper).on_change = fail
        waiting = pool.reserve(KIND, OTHERS)
        fake(sleeper).sleep()
        give_back(waiting.result(SOON_S))  # by the next attempt to lend it
        assert fake(sleeper).is_slow
        assert fake(sleeper).changes >= 4
        give_back(sleeper)


def test_draining_with_a_lent_core() -> None:
    """Nothing more is lent; one that wakes gets its core back, and may finish."""
    host = Host(runs=9)
    pool = Pool(host.start, lambda: [0], kept=[KIND], ready=2, queue_size=4, idle_s=600, sleepers=2)
    pool.open()
    sleeper = begin(pool.reserve(KIND, ONE))
    running = begin(pool.reserve(KIND, OTHERS))
    waiting = pool.reserve(KIND, THIRD)
    third = waiting.result(SOON_S)
    pool.drain()
    with pytest.raises(DrainingError):
        pool.reserve(KIND, ONE)
    give_back(third)
    fake(sleeper).sleep(False)
    wait_for(lambda: not fake(sleeper).is_slow, SOON_S, "its core")
    closing = threading.Thread(target=pool.close, args=(SOON_S,))
    closing.start()
    give_back(sleeper)
    running.cancel()
    give_back(running)
    closing.join(SOON_S)
    assert host.alive() == []


def test_nothing_is_lost_or_lent_twice() -> None:
    """Programs that sleep, work, break, and are given up at any moment: never more of them than there may be."""
    host = Host(runs=30)
    served = Counter[str]()
    stop = threading.Event()

    def ask(seed: int) -> None:
        dice = random.Random(seed)
        caller = Caller(f"caller {seed % 5}")
        while not stop.is_set():
            try:
                reservation = pool.reserve(KIND, caller)
            except NoCapacityError:
                continue
            if dice.random() < 0.2:
                time.sleep(dice.random() / 200)
                give_up(reservation)
                continue
            lease = reservation.result(10)
            lease.may_sleep = True
            fake(lease).use()
            for _ in range(dice.randrange(4)):
                fake(lease).sleep(dice.random() < 0.7)
                time.sleep(dice.random() / 100)
            fake(lease).is_asleep = False
            most["busy"] = max(most["busy"], pool.status(KIND).busy)
            give_back(lease, broken=dice.random() < 0.1)
            served["loans"] += lease.loans
            served["all"] += 1

    most = {"busy": 0}
    with opened(host, [0, 1], sleepers=3, queue_size=16) as pool, ThreadPoolExecutor(16) as threads:
        work: list[Future[None]] = [threads.submit(ask, seed) for seed in range(16)]
        wait_for(lambda: served["all"] > 200 and served["loans"] > 50, 30, "enough of it")
        stop.set()
        for future in work:
            future.result(15)
        assert 2 < most["busy"] <= 2 * (1 + 3)
