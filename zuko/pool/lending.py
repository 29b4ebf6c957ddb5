"""Cores of programs that sleep, lent to those that compute.

    keeps its slot ── sleeps while others wait ──> lent ──┬── wakes, or no one wants the slot ──> keeps it
                                                          └── ends ──> gone

A loan gives the sleeper's slot to others; the sleeper's sandbox stays, as one more that is in use, with a small share
of its core (`Sandbox.lend_core`). So memory bounds loans: so many for each core. A caller is served by loans only while
fewer of its own programs sleep on lent cores than loans are left: however many sleep, others find one.

`Lending` has no lock: the caller holds the pool's. The thread that calls the engine is lender.py's.
"""

import threading
import time
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final

from zuko.pool.lease import Lease
from zuko.pool.slots import Slots
from zuko.pool.stock import Core, Stock
from zuko.sandbox.sandbox import Sandbox

LOANS_MAX: Final = 10  # of one program, which takes two calls to the engine each time
QUIET_S: Final = 1.0  # a sleeper gets its core back when no one has used it for this long


class Lending:
    """The loans of a pool.

    Args:
        per_core: loans at a time of each core; 0: a program that sleeps keeps its core.
        slots: of the pool, which takes and frees them.
    """

    def __init__(self, per_core: int, slots: Slots) -> None:
        self.per_core = per_core
        self._slots = slots
        self.owed: Counter[Core] = Counter()  # slots that sleepers have a claim on, by core
        self._loans: dict[Lease, float] = {}  # the cores of sleepers: when another program began there last
        self._changing: set[Lease] = set()  # their share is being changed by the engine, or is to be
        self._by_caller: Counter[str] = Counter()
        self._slow: list[Lease | Sandbox] = []  # to be given the whole of their cores by the lender
        self._wanted = threading.Event()

    def __bool__(self) -> bool:
        return bool(self._loans)

    @property
    def has_slow(self) -> bool:
        """Return whether a program may have a small share of its core; without the lock as well."""
        return bool(self._loans or self._slow)

    def wake(self) -> None:
        """Have the lender look for what there is to change: a program has fallen asleep, or woken, or one waits."""
        self._wanted.set()

    def wait(self, timeout_s: float | None) -> None:
        """Wait for `wake`; for the lender, without the lock."""
        self._wanted.wait(timeout_s)
        self._wanted.clear()

    def give_back(self, slow: Lease | Sandbox) -> None:
        """Have the lender give a program, or a sandbox after its program, the whole of its core."""
        self._slow.append(slow)
        self.wake()

    def retry(self, slow: Lease | Sandbox) -> None:
        """Have the lender try again in a moment: the engine has refused."""
        self._slow.append(slow)

    def take_slow(self) -> list[Lease | Sandbox]:
        """Take those that are to be given the whole of their cores."""
        slow, self._slow = self._slow, []
        return slow

    def has_loan(self, lease: Lease) -> bool:
        """Return whether a program's core is lent."""
        return lease in self._loans

    def is_slow(self, lease: Lease) -> bool:
        """Return whether a program may have a small share of its core at this moment."""
        return lease in self._loans or lease in self._changing

    def may_serve(self, caller: str) -> bool:
        """Return whether a caller's next program may take a slot that a sleeper has a claim on."""
        most = self.per_core * self._slots.total.total()
        unused = sum(min(self._slots.free[core], owed) for core, owed in self.owed.items())
        return self._by_caller[caller] < most - len(self._loans) + unused

    def sleepers(self, leases: Iterable[Lease]) -> list[Lease]:
        """Return the programs whose cores may be lent."""
        return [
            lease
            for lease in leases
            if lease.may_sleep
            and lease.sandbox.is_asleep
            and lease.loans < LOANS_MAX
            and not self.is_slow(lease)
            and self.owed[lease.sandbox.core] < self.per_core
        ]

    def woken(self) -> set[Core]:
        """Return the cores that are lent, and that their programs want back."""
        return {lease.sandbox.core for lease in self._loans if not lease.sandbox.is_asleep}

    def choose(self, sleepers: Iterable[Lease], stocks: Collection[Stock]) -> Lease:
        """Choose one of some programs, and mark it: its core is to be lent.

        Args:
            sleepers: at least one.
            stocks: of what is waited for. A core where one of these has a sandbox that is ready comes first.
        """
        chosen = max(sleepers, key=lambda lease: max((each.count(lease.sandbox.core) for each in stocks), default=0))
        chosen.loans += 1
        self._changing.add(chosen)
        return chosen

    def begin(self, lease: Lease) -> None:
        """Record a loan; the slot is free from now on."""
        self._changing.discard(lease)
        self._loans[lease] = time.monotonic()
        self.owed[lease.sandbox.core] += 1
        self._by_caller[lease.caller.name] += 1

    def note_use(self, core: Core) -> None:
        """Record that another program begins on a core."""
        if self.owed[core]:
            now = time.monotonic()
            self._loans |= {lease: now for lease in self._loans if lease.sandbox.core == core}

    def end(self, lease: Lease) -> bool:
        """End a loan; return False if there was none."""
        if self._loans.pop(lease, None) is None:
            return False
        self.owed[lease.sandbox.core] -= 1
        name = lease.caller.name
        self._by_caller[name] -= 1
        if not self._by_caller[name]:
            del self._by_caller[name]  # there may be any number of callers over time
        return True

    def forget(self, lease: Lease) -> None:
        """Record that a program has ended, or has all of its core."""
        self._changing.discard(lease)

    def reclaim(self, *, core: Core | None = None, is_wanted: bool) -> list[Lease]:
        """End the loans of programs that are to have a free slot, and mark them. The caller takes the slots.

        Args:
            core: of this core alone; None: of all.
            is_wanted: others wait; then only those get it that do not sleep any more.
        """
        now, left = time.monotonic(), self._slots.free.copy()
        reclaimed = []
        for lease, used_at in tuple(self._loans.items()):
            its = lease.sandbox.core
            is_due = not lease.sandbox.is_asleep or (not is_wanted and now - used_at >= QUIET_S)
            if is_due and left[its] > 0 and core in {None, its}:
                left[its] -= 1
                self.end(lease)
                self._changing.add(lease)
                reclaimed.append(lease)
        return reclaimed
