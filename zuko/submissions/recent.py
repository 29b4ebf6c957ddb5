"""Parts of requests that were used recently, in memory: the test data of a problem comes to a worker once."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from zuko.submissions.parts import fetch

LIMIT_BYTES: Final = 128 << 20  # of all parts that are kept


class RecentParts:
    """Parts by their hash, fetched when they are first asked for. Safe for several threads.

    Args:
        fetch: returns a part; None: the store does not have it.
        limit_bytes: of what is kept; what was not used for longest goes. A larger part is not kept.
    """

    def __init__(self, fetch: Callable[[str], bytes | None], limit_bytes: int = LIMIT_BYTES) -> None:
        self._fetch = fetch
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._parts: OrderedDict[str, bytes] = OrderedDict()
        self._size_bytes = 0
        self.fetched_bytes = 0  # from the store, since the start

    def get(self, name: str) -> bytes:
        """Return a part by its hash; raises as `fetch` does."""
        with self._lock:
            if (kept := self._parts.get(name)) is not None:
                self._parts.move_to_end(name)
                return kept
        content = fetch(self._fetch, name)
        self._keep(name, content)
        return content

    def _keep(self, name: str, content: bytes) -> None:
        with self._lock:
            self.fetched_bytes += len(content)
            if name in self._parts or len(content) > self._limit_bytes:
                return
            self._parts[name] = content
            self._size_bytes += len(content)
            while self._size_bytes > self._limit_bytes:
                _, dropped = self._parts.popitem(last=False)
                self._size_bytes -= len(dropped)
