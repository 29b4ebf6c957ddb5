"""By when a judging has its answer, and what that leaves for a run."""

import math
import time
from dataclasses import dataclass, replace
from typing import Final

from zuko.errors import NoCapacityError
from zuko.sandbox.sandbox import SILENCE_S
from zuko.types import Limits, Outcome, RunResult

_REPLY_S: Final = 0.5  # for a run's answer to come from the sandbox
_LEAST_MS: Final = 200  # a run that gets less tells nothing of the program


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when a judging has its answer. A submission's limits are never shortened by it; those of others are."""

    at: float = math.inf  # on the monotonic clock

    def leaves(self, wall_time_ms: int) -> bool:
        """Whether a run that takes so long would end by then."""
        return self._left_s() * 1000 >= wall_time_ms

    def bound(self, limits: Limits, what: str) -> Limits:
        """The limits of a run that ends by then.

        Args:
            limits: what it may use if there is time enough.
            what: what is run, for the message.

        Raises:
            NoCapacityError: hardly any time is left.
        """
        left_ms = self._left_s() * 1000
        if left_ms < _LEAST_MS:
            raise self.error(what)
        return limits if left_ms >= limits.wall_time_ms else replace(limits, wall_time_ms=int(left_ms))

    def check(self, result: RunResult, asked: Limits, bounded: Limits, what: str) -> None:
        """Refuses a result that says nothing of the program, for it was stopped when we had no more time.

        Raises:
            NoCapacityError: it was.
        """
        if result.outcome is Outcome.WALL_TIME and bounded.wall_time_ms < asked.wall_time_ms:
            raise self.error(what)

    def silence_s(self, limits: Limits) -> float:
        """How long beyond its wall time limit a run that begins now may be silent."""
        return max(min(SILENCE_S, self.at - time.monotonic() - limits.wall_time_ms / 1000), _REPLY_S)

    @staticmethod
    def error(what: str) -> NoCapacityError:
        """What to raise when there is no time for something."""
        return NoCapacityError(f"no time was left for {what}")

    def _left_s(self) -> float:
        return self.at - time.monotonic() - _REPLY_S


NEVER: Final = Deadline()
