"""A bounded queue that callers share fairly: the next is of the caller that has least, and theirs in their order.

It has no lock.
"""

import math
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from itertools import count
from typing import Final

from zuko.caller import Caller
from zuko.errors import OverLimitError

_REMEMBERED: Final = 1024  # callers that were served; one that is forgotten comes before them


class FairQueue[Item]:
    """Items that wait, those of each caller in the order in which they came.

    Args:
        size: items that may wait.
        has_left: returns whether an item does not wait any more; it takes no place.
    """

    def __init__(self, size: int, has_left: Callable[[Item], bool]) -> None:
        self._size = size
        self._has_left = has_left
        # By caller's name, as a caller may come with several allowances; none is empty.
        self._lines: dict[str, deque[tuple[Caller, Item]]] = {}
        self._turns = count(1)
        self._served: OrderedDict[str, int] = OrderedDict()  # the number of the last turn by caller's name

    def __iter__(self) -> Iterator[tuple[Caller, Item]]:
        """Yield what waits, caller by caller."""
        return (each for line in self._lines.values() for each in line if not self._has_left(each[1]))

    def __bool__(self) -> bool:
        return bool(self._lines)

    def add(self, caller: Caller, item: Item) -> None:
        """Append an item. The caller has asked `make_room` unless the item can be served at once."""
        self._lines.setdefault(caller.name, deque()).append((caller, item))

    def add_first(self, caller: Caller, item: Item) -> None:
        """Put an item that was taken back, before all others of its caller, which has the next turn."""
        self._lines.setdefault(caller.name, deque()).appendleft((caller, item))
        self._served.pop(caller.name, None)

    def make_room(self, caller: Caller) -> tuple[bool, Item | None]:
        """Look for a place for another item of a caller.

        A full queue makes room for a caller that has fewer items than another: the one with most loses its newest.

        Returns:
            Whether there is a place, and the item that has lost its own for that, if one has.

        Raises:
            OverLimitError: the caller has its share of the places.
        """
        places = caller.places(self._size)
        if places < self._size and self._waiting(caller.name) >= places:
            raise OverLimitError.of_queue(places)
        if sum(map(len, self._lines.values())) < self._size:
            return True, None
        counts = {name: self._waiting(name) for name in tuple(self._lines)}
        if sum(counts.values()) < self._size:
            return True, None
        most = max(counts, key=counts.__getitem__, default="")
        if counts.get(most, 0) <= counts.get(caller.name, 0) + 1:
            return False, None
        return True, self._lines[most].pop()[1]

    def take(
        self, runs_of: Callable[[str], int], is_ready: Callable[[Item], bool], runs_max: float = math.inf
    ) -> tuple[Caller, Item] | None:
        """Take the next item that is ready; None: there is none.

        It is the first one of the caller that has the fewest runs; of several such callers, of the one whose last turn
        was the longest ago. Callers that have as many runs as they may have are left out.

        Args:
            runs_of: returns how many runs a caller has.
            is_ready: returns whether an item can be served now.
            runs_max: of every caller.
        """
        found: tuple[str, int] | None = None
        least = 0, 0
        for name in tuple(self._lines):
            has = runs_of(name), self._served.get(name, 0)
            if has[0] >= runs_max:
                continue
            if (found is None or has < least) and (place := self._first(name, has[0], is_ready)) is not None:
                found, least = (name, place), has
        if found is None:
            return None
        name, place = found
        line = self._lines[name]
        taken = line[place]
        del line[place]
        self._keep(name, line)
        self._served.pop(name, None)
        self._served[name] = next(self._turns)
        if len(self._served) > _REMEMBERED:
            self._served.popitem(last=False)
        return taken

    def remove_if(self, is_one: Callable[[Item], bool]) -> list[Item]:
        """Remove some items, and return them."""
        removed = []
        for name, line in tuple(self._lines.items()):
            removed += [item for _, item in line if is_one(item)]
            self._keep(name, deque(each for each in line if not is_one(each[1])))
        return removed

    def _first(self, name: str, runs: int, is_ready: Callable[[Item], bool]) -> int | None:
        line = self._lines[name]
        while line and self._has_left(line[0][1]):
            line.popleft()
        if not line:
            del self._lines[name]
        return next(
            (
                place
                for place, (caller, item) in enumerate(line)
                if caller.may_run(runs) and not self._has_left(item) and is_ready(item)
            ),
            None,
        )

    def _waiting(self, name: str) -> int:
        """Count the items of a caller, without those that have left, which are removed."""
        line = self._lines.get(name)
        if line is None:
            return 0
        return self._keep(name, deque(each for each in line if not self._has_left(each[1])))

    def _keep(self, name: str, line: deque[tuple[Caller, Item]]) -> int:
        if line:
            self._lines[name] = line
        else:
            del self._lines[name]
        return len(line)
