"""Deadlines of responses, and the time that they leave for a run."""

import math
import time
from dataclasses import dataclass, replace
from typing import Final

from zuko.errors import NoCapacityError
from zuko.sandbox.sandbox import SILENCE_S
from zuko.types import Limits, Outcome, RunResult

_REPLY_S: Final = 0.5  # for a run's result to come from the sandbox
_LEAST_MS: Final = 200  # a run with less shows nothing of the program


@dataclass(frozen=True, slots=True)
class Deadline:
    """The time at which a response is due, on the monotonic clock."""

    at: float = math.inf

    def leaves(self, wall_time_ms: int) -> bool:
        """Return whether a run that takes `wall_time_ms` would end in time."""
        return self._left_s() * 1000 >= wall_time_ms

    def bound(self, limits: Limits, what: str) -> Limits:
        """Return the limits of a run that ends in time.

        Args:
            limits: of the run if there is time enough.
            what: the run, for the message.

        Raises:
            NoCapacityError: hardly any time is left.
        """
        left_ms = self._left_s() * 1000
        if left_ms < _LEAST_MS:
            raise self.error(what)
        return limits if left_ms >= limits.wall_time_ms else replace(limits, wall_time_ms=int(left_ms))

    def check(self, result: RunResult, asked: Limits, bounded: Limits, what: str) -> None:
        """Refuse a result that shows nothing of the program, as its run was stopped for lack of time.

        Raises:
            NoCapacityError: it was.
        """
        if result.outcome is Outcome.WALL_TIME and bounded.wall_time_ms < asked.wall_time_ms:
            raise self.error(what)

    def silence_s(self, limits: Limits) -> float:
        """Return how long after its wall time limit a run that begins now may be silent."""
        return max(min(SILENCE_S, self.at - time.monotonic() - limits.wall_time_ms / 1000), _REPLY_S)

    @staticmethod
    def error(what: str) -> NoCapacityError:
        """Return the error of a run for which no time is left."""
        return NoCapacityError(f"no time was left for {what}")

    def _left_s(self) -> float:
        return self.at - time.monotonic() - _REPLY_S


NEVER: Final = Deadline()
