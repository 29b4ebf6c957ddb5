"""Fixtures of the tests that drive the supervisor on this host."""

from collections.abc import Iterator

import pytest

from tests.harness.supervisor import Supervisor
from zuko.types import Isolation


def started(*, boxes: bool) -> Iterator[Supervisor]:
    with Supervisor(boxes=boxes) as supervisor:
        hello = supervisor.hello()
        assert hello.isolation is (Isolation.NAMESPACES if boxes else Isolation.CONTAINER), hello
        yield supervisor


@pytest.fixture(params=["container", "namespaces"])
def init(request: pytest.FixtureRequest) -> Iterator[Supervisor]:
    """Return a supervisor that has sent its hello, without Docker: with and without boxes, which is all the same."""
    yield from started(boxes=request.param == "namespaces")


@pytest.fixture
def direct() -> Iterator[Supervisor]:
    """Return one that starts programs as its children."""
    yield from started(boxes=False)


@pytest.fixture
def boxed() -> Iterator[Supervisor]:
    """Return one that makes a box for each run."""
    yield from started(boxes=True)
