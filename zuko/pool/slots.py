"""The slots of a pool: the right to run, counted for each core. No lock: the caller holds the pool's."""

from collections import Counter
from collections.abc import Iterable

from zuko.pool.stock import Core, Stock


class Slots:
    """How many runs may go on at a time on each core, and how many more may start now.

    A sandbox belongs to a core from its start, so it is handed out only while that core has a free slot. `owed` slots
    are not handed out: programs that sleep have a claim on them.
    """

    def __init__(self) -> None:
        self.total: Counter[Core] = Counter()  # empty until the Docker host has first answered
        self.free: Counter[Core] = Counter()

    def set(self, cores: Iterable[Core]) -> None:
        """Set the core of each slot."""
        self.total = Counter(cores)
        self.free = self.total.copy()

    def can_serve(self, stock: Stock, owed: Counter[Core]) -> bool:
        """Return whether a sandbox of this stock is on a core with a free slot."""
        return any(stock.count(core) for core, free in self.free.items() if free > owed[core])

    def best_core(self, stock: Stock, owed: Counter[Core]) -> tuple[Core, int]:
        """Return a core with a free slot and the stock's sandboxes on it; 0: there are none on any.

        The core with most slots to spare, so that all cores are used and their stocks shrink alike.
        """
        return max(
            ((core, stock.count(core)) for core, free in self.free.items() if free > owed[core]),
            key=lambda one: (one[1] > 0, self.free[one[0]] / self.total[one[0]], one[1]),
            default=(None, 0),
        )
