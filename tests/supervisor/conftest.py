"""Fixtures of the tests that drive the supervisor on this host."""

from collections.abc import Iterator

import pytest

from tests.harness.supervisor import Supervisor


@pytest.fixture
def init() -> Iterator[Supervisor]:
    """Return a supervisor that has sent its hello, without Docker."""
    with Supervisor() as supervisor:
        supervisor.hello()
        yield supervisor
