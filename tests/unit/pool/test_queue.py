"""The waiting line alone."""

from collections import Counter
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zuko.caller import Allowance, Caller
from zuko.errors import DrainingError, NoCapacityError, OverLimitError
from zuko.pool.lease import Reservation
from zuko.pool.queue import Waiter, WaitingLine
from zuko.types import SandboxSpec

PYTHON, CPP = (cast(SandboxSpec, name) for name in ("python", "cpp"))
ANN, BOB, EVE = (Caller(name) for name in ("ann", "bob", "eve"))


def pop(line: WaitingLine, *ready: SandboxSpec) -> Waiter:
    waiter = line.pop(lambda spec, _: spec in (ready or (PYTHON, CPP)))
    assert waiter is not None
    return waiter


def test_first_come_first_served_without_those_that_gave_up() -> None:
    line = WaitingLine(8)
    first, second, third = (line.add(PYTHON) for _ in range(3))
    second.cancel()
    assert len(line) == 2
    popped = [line.pop(), line.pop(), line.pop()]
    assert [waiter and waiter.reservation for waiter in popped] == [first, third, None]
    assert not line


def test_those_whose_kind_is_not_ready_keep_their_place() -> None:
    line = WaitingLine(8)
    first, second, third = (line.add(kind) for kind in (CPP, CPP, PYTHON))
    assert pop(line, PYTHON).reservation is third
    assert line.pop(lambda spec, _: spec == PYTHON) is None
    line.put_first(pop(line))
    assert [pop(line).reservation, pop(line).reservation] == [first, second]


def test_a_full_line_refuses_and_counts_no_one_who_gave_up() -> None:
    line = WaitingLine(2)
    reservations = [line.add(PYTHON) for _ in range(2)]
    with pytest.raises(NoCapacityError, match="2 submissions wait already"):
        line.make_room()
    reservations[0].cancel()
    line.make_room()


def test_a_line_of_no_places_refuses_everyone() -> None:
    with pytest.raises(NoCapacityError, match="0 submissions wait already"):
        WaitingLine(0).make_room(ANN)


def test_waiters_of_one_kind_fail_alone_and_each_with_an_error_of_its_own() -> None:
    line = WaitingLine(8)
    a, b, other = line.add(PYTHON), line.add(PYTHON, BOB), line.add(CPP)
    line.fail(DrainingError("the service is shutting down"), PYTHON)
    assert isinstance(a.exception(), DrainingError)
    assert a.exception() is not b.exception()
    assert not other.done()
    assert line.awaited() == {CPP: 1}
    assert line.has_waiters()
    line.fail(DrainingError("the service is shutting down"))
    assert isinstance(other.exception(), DrainingError)
    assert not line.has_waiters()
    assert not line


# --- callers ------------------------------------------------------------------------------------------------------


@given(
    came=st.lists(st.sampled_from([ANN, BOB, EVE]), min_size=1, max_size=30),
    runs=st.fixed_dictionaries({"ann": st.integers(0, 3), "bob": st.integers(0, 3), "eve": st.integers(0, 3)}),
)
def test_the_caller_with_the_fewest_runs_is_next_and_its_waiters_keep_their_order(
    came: list[Caller], runs: dict[str, int]
) -> None:
    """Runs go on: each that is served adds one, so callers who wait come to have as many as each other."""
    has = Counter(runs)
    line = WaitingLine(99, has.__getitem__)
    waiting = [(caller.name, line.add(PYTHON, caller)) for caller in came]
    while waiting:
        waiter = pop(line)
        name = waiter.caller.name
        assert has[name] == min(has[each] for each, _ in waiting)
        first = next(each for each in waiting if each[0] == name)
        assert first[1] is waiter.reservation
        waiting.remove(first)
        has[name] += 1
    assert line.pop() is None


@given(st.lists(st.sampled_from([ANN, BOB, EVE]), min_size=1, max_size=30))
def test_callers_take_turns(came: list[Caller]) -> None:
    """Where each run has ended before the next begins: no caller is served twice while another waits."""
    line = WaitingLine(99)
    for caller in came:
        line.add(PYTHON, caller)
    left = Counter(caller.name for caller in came)
    served: list[str] = []
    while left:
        name = pop(line).caller.name
        since = served[len(served) - served[::-1].index(name) :] if name in served else None
        assert since is None or {each for each in left if each != name} <= set(since)
        served.append(name)
        left[name] -= 1
        left = +left


def test_one_that_has_all_its_runs_stands_in_no_ones_way() -> None:
    has = Counter({"ann": 1})
    ann = Caller("ann", Allowance(runs=1))
    line = WaitingLine(8, has.__getitem__)
    line.add(PYTHON, ann)
    assert line.pop() is None
    assert not line.may_run(ann)
    assert not line.has_waiters(BOB)
    assert line.has_waiters(ann)  # what it has borrowed is in its own way
    bob = line.add(PYTHON, BOB)
    assert line.has_waiters(EVE)
    assert pop(line).reservation is bob
    stored = line.add(PYTHON, ANN)  # of the same name without a bound, as a stored submission is
    assert pop(line).reservation is stored
    has["ann"] = 0
    assert pop(line).caller is ann


def test_a_share_of_the_places() -> None:
    line = WaitingLine(8)
    ann = Caller("ann", Allowance(queue_share=0.3))
    first, _ = (line.add(PYTHON, ann) for _ in range(2))
    with pytest.raises(OverLimitError, match="you may have 2 submissions waiting at a time") as refused:
        line.make_room(ann)
    assert refused.value.limit == "queue"
    line.make_room(BOB)
    first.cancel()
    line.make_room(ann)
    assert Caller("ann", Allowance(queue_share=0.01)).places(8) == 1


@given(st.lists(st.sampled_from([ANN, BOB, EVE]), max_size=60))
def test_a_flood_leaves_places_for_others(came: list[Caller]) -> None:
    """A caller is refused only if none has more waiters than it would have."""
    size = 6
    line = WaitingLine(size)
    waiting: dict[str, list[Reservation]] = {"ann": [], "bob": [], "eve": []}
    for caller in came:
        own = waiting[caller.name]
        try:
            line.make_room(caller)
        except NoCapacityError:
            assert sum(map(len, waiting.values())) == size
            assert len(own) + 1 >= max(map(len, waiting.values()))
            continue
        for others in waiting.values():
            if others and others[-1].done():  # the newest made room
                assert isinstance(others.pop().exception(), NoCapacityError)
        own.append(line.add(PYTHON, caller))
        assert all(not each.done() for all_of in waiting.values() for each in all_of)
        assert len(line) == sum(map(len, waiting.values())) <= size
