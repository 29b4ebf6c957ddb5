"""Fixtures of the tests of workers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.executing import FakeExecutor
from zuko.submissions.sqlite import SqliteStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Return a store whose leases are short."""
    opened = SqliteStore(tmp_path / "submissions.db", lease_s=1.0)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def executor() -> FakeExecutor:
    return FakeExecutor()
