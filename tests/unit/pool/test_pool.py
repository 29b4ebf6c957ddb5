"""The pool alone, with sandboxes that are half a socket pair, for events that a real engine rarely causes.

At the end of each test all slots are free, no sandbox is lost, and none was handed out twice."""

import contextlib
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.harness.waiting import wait_for
from tests.unit.pool.host import KIND, Host, give_back, opened
from zuko.caller import Allowance, Caller
from zuko.errors import DrainingError, EngineError, NoCapacityError
from zuko.pool.lease import give_up
from zuko.pool.pool import Pool

ANN, BOB = Caller("ann"), Caller("bob")


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
                time.sleep(dice.random() / 1000)  # at once, refusals would take all the time from what is served
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


def test_a_flood_of_one_caller_leaves_the_others_their_turn() -> None:
    host = Host()
    with opened(host, [0]) as pool:
        lease = pool.reserve(KIND, ANN).result(5)
        flood = [pool.reserve(KIND, ANN) for _ in range(20)]
        bob = pool.reserve(KIND, BOB)
        give_back(lease)
        give_back(bob.result(5))
        assert sum(each.done() for each in flood) <= 1
        for each in flood:
            give_back(each.result(5))
    assert pool.leases.runs_of("ann") == 0


def test_a_caller_with_all_its_runs_leaves_the_slots_to_others() -> None:
    host = Host()
    ann = Caller("ann", Allowance(runs=1))
    with opened(host, [0, 1]) as pool:
        lease = pool.reserve(KIND, ann).result(5)
        assert lease.try_borrow() is None  # that would be its second
        waiting = pool.reserve(KIND, ann)
        assert lease.has_waiters
        bob = pool.reserve(KIND, BOB).result(5)
        assert not bob.has_waiters  # ann's would not get what bob has
        give_back(bob)
        assert not waiting.done()
        give_back(lease)
        give_back(waiting.result(5))


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


def test_without_a_thread_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The executor has queued the start by the time that it says so."""
    host = Host()
    with opened(host, [0]) as pool:
        wait_for(lambda: pool.status(KIND).ready == 2, 5, "a full pool")
        submit = pool._starter._threads.submit

        def fail(*work: Any) -> None:
            submit(*work)
            raise RuntimeError("can't start new thread")

        monkeypatch.setattr(pool._starter._threads, "submit", fail)
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
