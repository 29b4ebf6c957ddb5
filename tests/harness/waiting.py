"""Waiting for what another process does."""

import time
from collections.abc import Callable

import pytest


def wait_for(claim: Callable[[], object], timeout_s: float, what: str, seen: Callable[[], object] = str) -> None:
    """Poll until a claim holds; `seen` returns the actual state for the message."""
    deadline = time.monotonic() + timeout_s
    while not claim():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {timeout_s:g} s for {what} {seen()}".rstrip())
        time.sleep(0.05)  # between two looks at another process's state: there is no event to wait for
