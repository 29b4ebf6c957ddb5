"""The CPU time that each caller has used today: here, and in all processes that keep their accounts in one store.

    charging ──> unsaved ── take ──> sending ── settle ──> stored, by all processes
                    ▲                   │
                    └──── put_back ─────┘

Without a store nothing is taken, and a process knows what was used in it. `zuko.submissions.ledger` takes and settles.
"""

import math
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from zuko.caller import OURSELVES, Caller
from zuko.errors import OverLimitError
from zuko.execution.meter import METER, Meter

DAY_S: Final = 86_400
CALLERS_MAX: Final = 10_000  # as many as a store has keys; then the one that came first today is forgotten
FRESH_S: Final = 3.0  # what the store has said of an account is believed for this long, if it is not asked before


@dataclass(slots=True)
class _Account:
    """The CPU time of a caller, s."""

    stored_s: float = 0.0  # of all processes, as the store has it
    sending_s: float = 0.0  # of this one, on its way there
    unsaved_s: float = 0.0  # of this one, since then
    is_shared: bool = False  # it is kept in the store
    is_asked_for: bool = False  # since the store was asked last
    read_at: float = -math.inf  # when the store was asked, by the clock

    @property
    def used_s(self) -> float:
        return self.stored_s + self.sending_s + self.unsaved_s


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes of accounts that a store is to keep, and the accounts that it is asked for."""

    day: int
    used_s: Mapping[str, float]  # to be added, by caller
    asked: Collection[str]  # callers whose accounts are wanted

    def __bool__(self) -> bool:
        return bool(self.used_s or self.asked)


class Accounts:
    """Accounts of callers, which are emptied at midnight, UTC. Any thread may call any method.

    Args:
        now: returns the time, s since the epoch.
        clock: returns the time by a clock that is never set, s.
    """

    def __init__(self, now: Callable[[], float] = time.time, clock: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._clock = clock
        self._lock = threading.Lock()
        self._day = 0
        self._accounts: dict[str, _Account] = {}
        self.refresh: Callable[[Caller], Awaitable[None]] | None = None  # asks the store; None: there is none

    async def check_all(self, caller: Caller) -> None:
        """Refuse a caller that has used all that it may use today, in this process and in others.

        Only who has a limit, and has not come for a while, waits for the store.

        Raises:
            OverLimitError: it has.
        """
        if caller.allowance.cpu_s_per_day is None:
            return
        if self.refresh is not None and not self.is_fresh(caller):
            await self.refresh(caller)
        self.check(caller)

    def check(self, caller: Caller) -> None:
        """Refuse a caller that has used all that it may use today, as far as is known here.

        Raises:
            OverLimitError: it has.
        """
        limit_s = caller.allowance.cpu_s_per_day
        if limit_s is None:
            return
        with self._lock:
            now, account = self._begin_day(), self._account(caller)
            account.is_asked_for = True
        if account.used_s >= limit_s:
            raise OverLimitError.of_cpu(limit_s, math.ceil(DAY_S - now % DAY_S))

    def used_s(self, caller: Caller) -> float:
        """Return the CPU time that a caller has used today."""
        with self._lock:
            self._begin_day()
            account = self._accounts.get(caller.name)
            return 0.0 if account is None else account.used_s

    def is_fresh(self, caller: Caller) -> bool:
        """Return whether the store was asked for an account a moment ago; if not, it is wanted from now on."""
        with self._lock:
            self._begin_day()
            account = self._account(caller)
            account.is_asked_for = True
            return self._clock() - account.read_at < FRESH_S

    @contextmanager
    def charging(self, caller: Caller) -> Iterator[None]:
        """Charge a caller for the programs that the work of the block runs, compilers and checkers included."""
        if caller.name == OURSELVES.name:
            yield
            return
        meter = Meter(self._clock)
        outer = METER.set(meter)
        try:
            yield
        finally:
            METER.reset(outer)
            with self._lock:
                self._begin_day()
                self._account(caller).unsaved_s += meter.used_s

    def take(self) -> Changes:
        """Take what the store is to know and to say; `settle` or `put_back` follows before the next one."""
        with self._lock:
            self._begin_day()
            asked = [name for name, account in self._accounts.items() if account.is_asked_for]
            used_s = {}
            for name, account in self._accounts.items():
                account.is_asked_for = False
                if account.is_shared and account.unsaved_s > 0:
                    account.sending_s, account.unsaved_s = account.unsaved_s, 0.0
                    used_s[name] = account.sending_s
            return Changes(self._day, used_s, asked)

    def settle(self, changes: Changes, stored_s: Mapping[str, float]) -> None:
        """Note what the store has of the accounts that changed or were asked for, after the changes."""
        with self._lock:
            self._begin_day()
            for name in {*changes.used_s, *changes.asked} if changes.day == self._day else ():
                if (account := self._accounts.get(name)) is not None:  # else it was forgotten
                    account.stored_s, account.sending_s = stored_s.get(name, 0.0), 0.0
                    account.read_at = self._clock()

    def put_back(self, changes: Changes) -> None:
        """Note that the store does not answer: what is known is believed for another while."""
        with self._lock:
            self._begin_day()
            for name in {*changes.used_s, *changes.asked} if changes.day == self._day else ():
                if (account := self._accounts.get(name)) is not None:
                    account.unsaved_s, account.sending_s = account.unsaved_s + account.sending_s, 0.0
                    account.read_at = self._clock()

    def believe(self, caller: Caller) -> None:
        """Note that the store does not say in time what an account has."""
        with self._lock:
            self._account(caller).read_at = self._clock()

    def _account(self, caller: Caller) -> _Account:
        account = self._accounts.get(caller.name)
        if account is None:
            if len(self._accounts) >= CALLERS_MAX:
                del self._accounts[next(iter(self._accounts))]
            account = self._accounts[caller.name] = _Account()
        # An address without a limit is nothing that a store needs to know; of a tenant, another process may have one.
        account.is_shared |= caller.is_tenant or caller.allowance.cpu_s_per_day is not None
        return account

    def _begin_day(self) -> float:
        now = self._now()
        day = int(now // DAY_S)
        if day != self._day:
            self._day = day
            self._accounts.clear()
        return now
