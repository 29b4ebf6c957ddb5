"""Leases alone: who holds what, and what cancelling and releasing do to it."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from zuko.errors import DrainingError, NoCapacityError, SandboxError
from zuko.pool.lease import Lease, Leases, Reservation, Terms, give_up
from zuko.sandbox.sandbox import Sandbox
from zuko.types import SandboxSpec

SPEC = cast(SandboxSpec, None)


class Fake:
    """A sandbox that records what is done to it."""

    core = 0
    spec = SPEC

    def __init__(self) -> None:
        self.done: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return lambda: self.done.append(name)


@dataclass
class Source:
    """A stand-in for the source that leases need."""

    taken_back: list[tuple[Any, bool]] = field(default_factory=list)
    companions: list[Fake] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.leases = Leases(Terms(self.take_back, self.start, self.borrow))

    def take_back(self, lease: Lease, broken: bool) -> None:
        self.leases.remove(lease)
        self.taken_back.append((lease.sandbox, broken))

    def start(self, _: SandboxSpec, core: int | None) -> Sandbox:
        assert core == 0, "a companion is on its lease's core"
        self.companions.append(Fake())
        return cast(Sandbox, self.companions[-1])

    def borrow(self, _: SandboxSpec, root: Lease) -> Lease:
        return self.leases.lend(cast(Sandbox, Fake()), root)

    def lend(self) -> tuple[Lease, Fake]:
        sandbox = Fake()
        return self.leases.lend(cast(Sandbox, sandbox)), sandbox


def test_a_block_that_ends_well_gives_back_a_good_sandbox() -> None:
    source = Source()
    lease, sandbox = source.lend()
    with lease:
        assert source.leases.lent() == [lease.sandbox]
    assert source.taken_back == [(sandbox, False)]
    assert source.leases.lent() == []
    assert sandbox.done == []


@pytest.mark.parametrize(
    ("error", "broken"), [(SandboxError("x"), True), (KeyError("x"), True), (NoCapacityError("x"), False)]
)
def test_a_block_that_ends_by_an_error(error: Exception, broken: bool) -> None:
    """The sandbox may be in any state, unless the error says that its run was not begun."""
    source = Source()
    lease, sandbox = source.lend()
    with pytest.raises(type(error)), lease:
        raise error
    assert source.taken_back == [(sandbox, broken)]


def test_a_lease_is_released_once() -> None:
    source = Source()
    lease, sandbox = source.lend()
    lease.release()
    lease.release()
    assert source.taken_back == [(sandbox, False)]
    with pytest.raises(SandboxError, match="released"), lease:
        pytest.fail("another may have its sandbox by now")


def test_companions_end_with_their_lease_and_after_its_sandbox() -> None:
    source = Source()
    lease, _ = source.lend()
    with lease:
        first, second = lease.companion(SPEC), lease.companion(SPEC)
        lease.end_companion(first)
        assert cast(Fake, first).done == ["close"]
        assert cast(Fake, second).done == []
    assert cast(Fake, second).done == ["close"]


def test_cancel_ends_the_sandbox_its_companions_and_what_was_borrowed() -> None:
    source = Source()
    lease, sandbox = source.lend()
    other, others = source.lend()
    borrowed = lease.try_borrow()
    assert borrowed is not None
    beside = cast(Fake, borrowed.companion(SPEC))
    lease.cancel()
    assert (sandbox.done, beside.done) == (["cancel"], ["cancel"])
    assert cast(Any, borrowed.sandbox).done == ["cancel"]
    assert others.done == []
    assert (lease.is_cancelled, borrowed.is_cancelled, other.is_cancelled) == (True, True, False)
    borrowed.release()
    lease.release()
    assert [broken for _, broken in source.taken_back] == [True, True]
    assert beside.done == ["cancel", "kill", "close"], "by the engine: it may be in any state"


def test_a_borrowed_lease_cancels_its_root_too() -> None:
    source = Source()
    lease, sandbox = source.lend()
    borrowed = lease.try_borrow()
    assert borrowed is not None
    borrowed.cancel()
    assert sandbox.done == ["cancel"]


def test_cancel_after_the_release_hurts_no_other() -> None:
    source = Source()
    lease, sandbox = source.lend()
    lease.release()
    again = source.leases.lend(cast(Sandbox, sandbox))
    lease.cancel()
    assert sandbox.done == []
    again.cancel()
    assert sandbox.done == ["cancel"]


def test_a_companion_of_a_cancelled_lease_is_not_started() -> None:
    source = Source()
    lease, _ = source.lend()
    lease.cancel()
    with pytest.raises(SandboxError, match="cancelled"):
        lease.companion(SPEC)
    assert source.companions == []


def test_a_companion_that_comes_after_the_cancellation_is_closed() -> None:
    source = Source()
    lease, _ = source.lend()
    start = source.start

    def late(spec: SandboxSpec, core: int | None) -> Sandbox:
        sandbox = start(spec, core)
        lease.cancel()
        return sandbox

    source.leases.terms = Terms(source.take_back, late)
    with pytest.raises(SandboxError, match="cancelled"):
        lease.companion(SPEC)
    assert source.companions[0].done == ["close"]


def test_cancel_all_ends_what_is_held_and_what_is_lent_later() -> None:
    source = Source()
    lease, sandbox = source.lend()
    beside = cast(Fake, lease.companion(SPEC))
    source.leases.cancel_all()
    assert (sandbox.done, beside.done) == (["cancel"], ["cancel"])
    _, later = source.lend()
    assert later.done == ["cancel"]
    with pytest.raises(DrainingError):
        lease.companion(SPEC)


def test_waiting_for_releases() -> None:
    source = Source()
    lease, _ = source.lend()
    lease.companion(SPEC)
    started = time.monotonic()
    source.leases.wait_for_release(started + 0.05)
    assert time.monotonic() >= started + 0.05
    threading.Timer(0.05, lease.release).start()
    source.leases.wait_for_release(started + 60)
    assert time.monotonic() - started < 30
    assert source.leases.lent() == []


def test_a_reservation_that_was_served_is_released_when_it_is_given_up() -> None:
    source = Source()
    lease, sandbox = source.lend()
    served: Reservation = Reservation()
    served.set_result(lease)
    give_up(served)
    assert source.taken_back == [(sandbox, False)]


def test_a_reservation_that_waits_or_has_failed_is_given_up() -> None:
    waiting: Reservation = Reservation()
    give_up(waiting)
    assert waiting.cancelled()
    failed: Reservation = Reservation()
    failed.set_exception(NoCapacityError("full"))
    give_up(failed)
    with pytest.raises(NoCapacityError):
        failed.result()
