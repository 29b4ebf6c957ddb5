"""Fixtures of the tests of this tier, which need an engine."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def no_sandbox_outlives_its_owner(nothing_is_left: None) -> None:
    """Check that the tests of this directory have left no sandbox."""
