"""How many submissions a worker claims ahead of its slots.

While the queue is full and runs are short, to claim each when a slot is free, and to store each end by itself, would
cost as much as the runs. So a few are claimed ahead, as many as are done in AHEAD_S: a free slot begins the next one at
once. They wait for no longer than for a slot elsewhere: those that cannot begin within BEGIN_S are given back.
"""

from collections import deque
from typing import Final

AHEAD_S: Final = 0.05  # for which there is work
AHEAD_MAX: Final = 16  # submissions
SHORT_S: Final = 0.1  # a run
BEGIN_S: Final = 0.2  # from the claim
_RECENT: Final = 8  # runs that are looked at: with a long one among them, nothing is claimed ahead


class Pace:
    """The times of the last runs."""

    def __init__(self) -> None:
        self._runs_s: deque[float] = deque(maxlen=_RECENT)

    def note(self, run_s: float) -> None:
        """Note how long a run has taken, or takes already."""
        self._runs_s.append(run_s)

    def ahead(self, slots: int) -> int:
        """Return how many submissions may be claimed ahead of so many slots."""
        if len(self._runs_s) < _RECENT or max(self._runs_s) > SHORT_S:
            return 0
        mean_s = sum(self._runs_s) / _RECENT
        return min(max(round(slots * AHEAD_S / max(mean_s, 1e-4)), 1), AHEAD_MAX)
