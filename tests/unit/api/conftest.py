"""Fixtures that tests of routes share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from zuko.submissions.sqlite import SqliteStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Return a store in a file of the test's own."""
    store = SqliteStore(tmp_path / "submissions.db")
    store.open()
    yield store
    store.close()
