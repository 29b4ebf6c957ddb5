"""The idle sandboxes of one kind: how many there are, how many there should be, why a start failed.

A stock has no lock and no thread: the caller holds the pool's lock.
"""

import math
import time
from collections import Counter, deque
from typing import Final

from zuko.errors import ZukoError
from zuko.sandbox.sandbox import Sandbox
from zuko.types import Hello, SandboxSpec

BACKOFF_S: Final = (0.2, 0.5, 1.0, 2.0)  # between failed attempts to start a sandbox on a core

Core = int | None  # None: unpinned


class Stock:
    """Sandboxes of one kind: ready, or being started.

    Args:
        spec: how they are made.
        wanted: ready ones wanted for each slot.
        keep_s: for how long they are wanted after the last was asked for; None: always.
    """

    def __init__(self, spec: SandboxSpec, wanted: int, keep_s: float | None) -> None:
        self.spec = spec
        self.starting: Counter[Core] = Counter()
        self.failures: Counter[Core] = Counter()  # in a row, of starts on a core
        self.last_error: ZukoError | None = None  # why the last start failed; None when it did not
        self.hello: Hello | None = None  # of the newest one
        self._wanted = wanted
        self._keep_s = keep_s
        self._asked_at = time.monotonic()
        self._retry_at: dict[Core, float] = {}
        self._ready: dict[Core, deque[Sandbox]] = {}

    def ready(self) -> list[Sandbox]:
        """Return all that are ready."""
        return [sandbox for ready in self._ready.values() for sandbox in ready]

    def count(self, core: Core) -> int:
        """Return how many are ready on a core."""
        return len(self._ready.get(core, ()))

    def note_asked(self) -> None:
        """Record that one was asked for: they are worth keeping ready."""
        self._asked_at = time.monotonic()

    def is_wanted(self) -> bool:
        """Return whether any are to be kept ready."""
        return self._keep_s is None or time.monotonic() - self._asked_at < self._keep_s

    def add(self, sandbox: Sandbox) -> None:
        """Add a fresh one, to be used after those that are there."""
        self._ready.setdefault(sandbox.core, deque()).append(sandbox)

    def put_back(self, sandbox: Sandbox) -> None:
        """Put back one that was used: last in, first out, as it ran a moment ago and is warm."""
        self._ready.setdefault(sandbox.core, deque()).appendleft(sandbox)

    def take(self, core: Core) -> Sandbox:
        """Take the next one on a core; there must be one."""
        return self._ready[core].popleft()

    def remove(self, sandbox: Sandbox) -> bool:
        """Take a certain one; return False if it is not there any more."""
        ready = self._ready.get(sandbox.core, deque())
        if sandbox not in ready:
            return False
        ready.remove(sandbox)
        return True

    def empty(self) -> list[Sandbox]:
        """Take all of them."""
        sandboxes = self.ready()
        self._ready.clear()
        return sandboxes

    def is_full(self, core: Core, slots: int) -> bool:
        """Return whether as many are ready on a core as are wanted for its slots."""
        return self.count(core) >= slots * self._wanted

    def missing(self, slots: Counter[Core], coming_back: Counter[Core]) -> dict[Core, int]:
        """Return how many more should be started on each core; `coming_back` are busy, and will be ready again."""
        if not self.is_wanted():
            return {}
        now = time.monotonic()
        missing = {
            core: number * self._wanted - self.count(core) - self.starting[core] - coming_back[core]
            for core, number in slots.items()
            if now >= self._retry_at.get(core, 0)
        }
        for core in missing.keys() & self.failures.keys():  # one attempt shows as much as ten
            missing[core] = min(missing[core], 1 - self.starting[core])
        return {core: count for core, count in missing.items() if count > 0}

    def note_start(self, hello: Hello | None, core: Core) -> None:
        """Record that a start has worked."""
        self.hello = hello
        self.failures.pop(core, 0)
        self._retry_at.pop(core, None)
        self.last_error = None

    def note_failure(self, error: ZukoError, core: Core) -> None:
        """Record that a start has failed: the next attempt on this core waits a little, longer each time."""
        self._retry_at[core] = time.monotonic() + BACKOFF_S[min(self.failures[core], len(BACKOFF_S) - 1)]
        self.failures[core] += 1
        self.last_error = error
        self.give_up()

    def give_up(self) -> None:
        """Record that those who asked were refused: unless always kept, they are started again when asked for."""
        if self._keep_s is not None:
            self._asked_at = -math.inf
