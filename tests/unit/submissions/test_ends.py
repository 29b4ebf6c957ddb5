"""Ends that are stored together."""

import asyncio
from collections.abc import Sequence

import pytest

from zuko.errors import StoreError
from zuko.submissions.ends import AT_A_TIME, TOGETHER_CHARACTERS, TOGETHER_MAX, Ends
from zuko.submissions.model import End, Hold, State


def end(number: int, result: str = "{}") -> End:
    return End(Hold(str(number), 1, "w"), State.DONE, result)


class Written:
    """A store of ends: it refuses those with an odd number, and fails with those whose result is `bad`."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.at_a_time = 0
        self._now = 0

    async def write(self, ends: Sequence[End]) -> list[bool]:
        self.calls.append([int(each.hold.id) for each in ends])
        self._now += 1
        self.at_a_time = max(self.at_a_time, self._now)
        try:
            await asyncio.sleep(0.01)
            if any(each.result == "away" for each in ends):
                raise StoreError("it is away")
            if any(each.result == "bad" for each in ends):
                raise ValueError("from a driver")
            return [int(each.hold.id) % 2 == 0 for each in ends]
        finally:
            self._now -= 1


def stored(ends: list[End], *, may_gather: bool) -> tuple[Written, list[bool | BaseException]]:
    """Store ends that come at once."""
    written = Written()

    async def run() -> list[bool | BaseException]:
        storing = Ends(written.write, lambda: may_gather)
        async with asyncio.timeout(5):
            return await asyncio.gather(*(storing.store(each) for each in ends), return_exceptions=True)

    return written, asyncio.run(run())


def test_each_gets_its_own_answer() -> None:
    written, answers = stored([end(number) for number in range(5)], may_gather=True)
    assert answers == [True, False, True, False, True]
    assert written.calls == [[0, 1, 2, 3, 4]]


def test_one_that_may_not_wait_does_not() -> None:
    """Others that come while the store has its hands full are stored together."""
    written, answers = stored([end(2 * number) for number in range(6)], may_gather=False)
    assert answers == [True] * 6
    assert written.calls == [[0], [2], [4, 6, 8, 10]]
    assert written.at_a_time == AT_A_TIME


def test_a_call_has_a_bounded_number_and_size() -> None:
    written, _ = stored([end(number) for number in range(2 * TOGETHER_MAX)], may_gather=True)
    assert max(map(len, written.calls)) == TOGETHER_MAX
    large = "x" * (TOGETHER_CHARACTERS // 2 + 1)
    written, _ = stored([end(number, large) for number in range(3)], may_gather=True)
    assert written.calls == [[0], [1], [2]]


@pytest.mark.parametrize("result", ["away", "bad"])
def test_a_failure_is_that_of_all_until_they_are_stored_alone(result: str) -> None:
    """One that cannot be stored keeps no other from it."""
    written, answers = stored([end(0), end(2, result)], may_gather=True)
    assert [type(answer) for answer in answers] == [StoreError, StoreError]
    ends = Ends(written.write, lambda: True)
    assert asyncio.run(ends.store_alone(end(0)))
    with pytest.raises((StoreError, ValueError), match=r"away|driver"):
        asyncio.run(ends.store_alone(end(2, result)))
