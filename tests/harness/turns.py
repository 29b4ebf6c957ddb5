"""Turns of tests that run in several processes (`pytest -n 2`, as `make test` does).

A test that is marked `alone` measures, keeps every core busy by itself, or takes away what others need: no other test
runs meanwhile, not even one of another clone on the same machine. All others run beside each other.
"""

import fcntl
import os
import tempfile
from collections import Counter
from pathlib import Path

import pytest


class Turns:
    """A lock of all processes, which many share or one has."""

    def __init__(self) -> None:
        self._held = False
        where = Path(tempfile.gettempdir())
        # Closed with the process, and so are its locks given back, however it ends.
        self._turnstile, self._room = (
            os.open(where / f"zuko-tests-{os.getuid()}-{name}.lock", os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
            for name in ("turnstile", "room")
        )

    def take(self, *, alone: bool) -> None:
        """Wait for a turn, unless this process has kept one."""
        if self._held:
            return
        # Who waits to be alone waits here, before all that come later: or it would wait for ever.
        fcntl.flock(self._turnstile, fcntl.LOCK_EX)
        fcntl.flock(self._room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(self._turnstile, fcntl.LOCK_UN)
        self._held = True

    def leave(self) -> None:
        """End a turn."""
        fcntl.flock(self._room, fcntl.LOCK_UN)
        self._held = False


TURNS = Turns()


def is_alone(item: pytest.Item | None) -> bool:
    """Return whether a test must run alone."""
    return item is not None and item.get_closest_marker("alone") is not None


def is_one_row(item: pytest.Item, after: pytest.Item | None) -> bool:
    """Return whether no other process may run a test between these two, as work for the second may have begun already.

    That is so for tests that run alone, and for the rows of one test: `done_ahead` works ahead of them.
    """
    if is_alone(item) or is_alone(after):
        return is_alone(item) and is_alone(after)
    name, next_name = (getattr(each, "originalname", None) for each in (item, after))
    return name is not None and name == next_name and after is not None and item.path == after.path


def order(items: list[pytest.Item]) -> None:
    """Sort the longest modules to the front, as all processes would wait for one that begins late.

    Modules that mostly run alone come last: a test that waits to be alone keeps its process idle.
    """
    share = Counter[Path]()
    for item in items:
        share[item.path] += 1 if is_alone(item) else -1
    long_s = {item.path: mark.args[0] for item in items if (mark := item.get_closest_marker("long")) is not None}
    items.sort(key=lambda item: (share[item.path] > 0, -long_s.get(item.path, 0)))
