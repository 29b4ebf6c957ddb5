"""Fixtures of the tests that start sandboxes on a real engine."""

from collections.abc import Iterator

import pytest

from tests.sandbox.running import IN_CONTAINER, SPEC
from zuko.engine.engine import Engine
from zuko.sandbox.sandbox import Sandbox


@pytest.fixture(scope="session", autouse=True)
def no_sandbox_outlives_its_owner(nothing_is_left: None) -> None:
    """Check that the tests of this directory have left no sandbox."""


@pytest.fixture(scope="module")
def kept(engine: Engine) -> Iterator[list[Sandbox]]:
    """Return the sandbox that all tests of a module share if they do not break it."""
    sandboxes = [engine.start_sandbox(SPEC, core=0)]
    yield sandboxes
    for sandbox in sandboxes:
        sandbox.close()


@pytest.fixture
def emptied(engine: Engine) -> Iterator[Sandbox]:
    """Return a sandbox without namespaces for each run: it is emptied in between, as in a submission of many runs."""
    with engine.start_sandbox(IN_CONTAINER) as sandbox:
        sandbox.submissions_left = 1000
        yield sandbox


@pytest.fixture
def sandbox(kept: list[Sandbox], engine: Engine) -> Sandbox:
    """Another one when a test has ended it: one failure is not ten."""
    if kept[-1].has_ended():
        kept.append(engine.start_sandbox(SPEC, core=0))
    return kept[-1]
