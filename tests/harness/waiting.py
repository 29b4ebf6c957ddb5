"""Waiting for what another process does."""

import time
from collections.abc import Callable

import pytest


def wait_for(claim: Callable[[], object], timeout_s: float, what: str, seen: Callable[[], object] = str) -> None:
    """Polls until a claim holds; `seen` says what there is instead."""
    deadline = time.monotonic() + timeout_s
    while not claim():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {timeout_s:g} s for {what} {seen()}".rstrip())
        time.sleep(0.05)  # between two looks at another process's state: there is no event to wait for
