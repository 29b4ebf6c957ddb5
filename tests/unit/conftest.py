"""Fixtures of the tests that need no engine."""

import sys
from collections.abc import Iterator

import pytest

from tests.harness.peer import Peer, peer_at_work


@pytest.fixture
def untraced() -> Iterator[None]:
    """Suspend coverage: it would make a test that computes for long three times as slow, and change its figures."""
    trace = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(trace)


@pytest.fixture
def peer() -> Iterator[Peer]:
    with peer_at_work() as peer:
        yield peer
