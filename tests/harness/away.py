"""A store that is sometimes away, for tests of those that wait for it."""

import threading
from typing import Any

from zuko.errors import StoreError
from zuko.submissions.store import Store


class Away:
    """A store that is sometimes away: calls fail, as if the database did not answer."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.is_away = threading.Event()
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if not callable(found):
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            self.calls.append(name)
            if self.is_away.is_set() and name != "close":
                raise StoreError("the database does not answer")
            return found(*arguments, **named)

        return call
