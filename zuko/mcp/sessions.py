"""The sessions of the clients of /mcp: no client has so many that others get none."""

import time
from collections import OrderedDict
from dataclasses import dataclass


@dataclass(slots=True)
class _Use:
    """A session's client, and when it sent a request last."""

    client: str
    at: float


class Sessions:
    """Counts the sessions of each client. For one event loop.

    Args:
        most: sessions of a client; one more ends the one that it has not used for the longest time.
        idle_s: after so long without a request a session has ended.
    """

    def __init__(self, most: int, idle_s: float) -> None:
        self._most = most
        self._idle_s = idle_s
        self._uses: OrderedDict[str, _Use] = OrderedDict()  # by id, the longest unused first

    def opened(self, session_id: str, client: str) -> str | None:
        """Count a new session; return the id of the one that has to end for it."""
        now = time.monotonic()
        while self._uses and now - next(iter(self._uses.values())).at > self._idle_s:
            self._uses.popitem(last=False)
        held = [each for each, use in self._uses.items() if use.client == client]
        self._uses[session_id] = _Use(client, now)
        if len(held) < self._most:
            return None
        del self._uses[held[0]]
        return held[0]

    def used(self, session_id: str) -> None:
        """Note a request of a session."""
        if (use := self._uses.get(session_id)) is not None:
            use.at = time.monotonic()
            self._uses.move_to_end(session_id)

    def ended(self, session_id: str) -> None:
        """Forget a session."""
        self._uses.pop(session_id, None)
