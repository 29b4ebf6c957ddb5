"""Kinds of sandboxes in one pool, and companions: who gets a slot, and when."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest

from tests.harness.waiting import wait_for
from tests.unit.pool.host import KIND, OTHER, Host, give_back, opened
from zuko.errors import DrainingError, EngineError, ImageMissingError
from zuko.pool.pool import Pool
from zuko.types import SandboxSpec


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


def test_census_counts_every_kind() -> None:
    host = Host(runs=10)
    with opened(host, [0, 1]) as pool:
        wait_for(lambda: pool.status(KIND).ready == 4, 5, "the sandboxes of the kind that is kept")
        first, second = pool.reserve(KIND).result(5), pool.reserve(OTHER).result(5)
        wait_for(lambda: pool.census()[OTHER.image].starting == 0, 5, "the sandboxes of the other kind")
        found = pool.census()
        assert {image: (each.ready, each.busy) for image, each in found.items()} == {
            KIND.image: (3, 1),
            OTHER.image: (1, 1),
        }
        ages_s = found[KIND.image].cell_ages_s
        assert len(ages_s) == 4
        assert 0 <= min(ages_s) <= max(ages_s) < 10
        give_back(first)
        give_back(second)


def test_kind_on_demand_is_kept_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind on demand has sandboxes from its first request until it was not used for long."""
    monkeypatch.setattr("zuko.pool.scheduler.KEEP_S", 1.0)
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
        with pool._scheduler.lock:
            pool._scheduler.stocks[OTHER].note_failure(EngineError("the host is away"), 0)
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
        with pool._scheduler.lock:
            (first, _) = pool._scheduler.stocks[KIND].ready()
            first.cancel()
            ended: Any = first
        companion = lease.companion(KIND)
        assert companion is not ended
        assert not companion.has_ended()
        wait_for(lambda: ended.closed, 1, "its end")
