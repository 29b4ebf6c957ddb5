"""The CPU time of one piece of work: of all programs that are run for it, compilers and checkers included.

A run is metered wherever it is made, in whatever thread; a thread of the work has its context.
"""

import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from types import TracebackType
from typing import Final, Self

from zuko.execution.report import note_run
from zuko.types import RunResult, Usage

_NS_PER_S: Final = 1e9


class Meter:
    """A sum of CPU times. Any thread may call any method.

    Args:
        clock: returns the time by a clock that is never set, s.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.used_s = 0.0
        self._lock = threading.Lock()

    def add(self, used_s: float) -> None:
        """Add the CPU time of a run."""
        with self._lock:
            self.used_s += used_s


METER: Final[ContextVar[Meter | None]] = ContextVar("zuko.meter", default=None)


class MeteredRun:
    """A block in which a program runs, or two that talk to each other.

    What the supervisor has measured is added to the meter of the work. A run without a result, as its client has left
    or its sandbox broke, is taken to have computed for as long as it took by the clock.
    """

    def __enter__(self) -> Self:
        self._meter = METER.get()
        self._began = 0.0 if self._meter is None else self._meter.clock()
        self._has_result = False
        return self

    def note(self, result: RunResult) -> RunResult:
        """Meter the result of a run, describe it in the current span, and return it."""
        self.add(result)
        return note_run(result)

    def add(self, result: RunResult) -> None:
        """Meter the result of a run."""
        self._has_result = True
        if self._meter is not None:
            self._meter.add(_cpu_s(result.usage))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._meter is not None and not self._has_result:
            self._meter.add(self._meter.clock() - self._began)


def _cpu_s(usage: Usage) -> float:
    """Return the CPU time of a run; where it could not be measured, its wall time."""
    return (usage.wall_time_ns if usage.cpu_time_ns is None else usage.cpu_time_ns) / _NS_PER_S
