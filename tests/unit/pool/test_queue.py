"""The waiting line alone."""

from typing import cast

import pytest

from zuko.errors import DrainingError, NoCapacityError
from zuko.pool.queue import WaitingLine
from zuko.types import SandboxSpec

PYTHON, CPP = (cast(SandboxSpec, name) for name in ("python", "cpp"))


def test_first_come_first_served_without_those_that_gave_up() -> None:
    line = WaitingLine(8)
    first, second, third = (line.add(PYTHON) for _ in range(3))
    second.cancel()
    assert len(line) == 2
    popped = [line.pop(), line.pop(), line.pop()]
    assert [waiter and waiter.reservation for waiter in popped] == [first, third, None]


def test_those_that_could_not_be_served_keep_their_place() -> None:
    line = WaitingLine(8)
    reservations = [line.add(kind) for kind in (CPP, CPP, PYTHON)]
    unserved = [waiter for waiter in (line.pop(), line.pop()) if waiter]
    line.put_first(unserved)
    popped = [line.pop() for _ in range(3)]
    assert [waiter and waiter.reservation for waiter in popped] == reservations


def test_a_full_line_refuses_and_counts_no_one_who_gave_up() -> None:
    line = WaitingLine(2)
    reservations = [line.add(PYTHON) for _ in range(2)]
    with pytest.raises(NoCapacityError, match="2 submissions wait already"):
        line.check_room()
    reservations[0].cancel()
    line.check_room()


def test_waiters_of_one_kind_fail_alone_and_each_with_an_error_of_its_own() -> None:
    line = WaitingLine(8)
    a, b, other = line.add(PYTHON), line.add(PYTHON), line.add(CPP)
    line.fail(DrainingError("the service is shutting down"), PYTHON)
    assert isinstance(a.exception(), DrainingError)
    assert a.exception() is not b.exception()
    assert not other.done()
    assert line.awaited() == {CPP: 1}
    assert line.has_waiters()
    line.fail(DrainingError("the service is shutting down"))
    assert isinstance(other.exception(), DrainingError)
    assert not line.has_waiters()
