"""The store in a file of SQLite."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.harness.store_claims import StoreClaims, Stores
from zuko.submissions.sqlite import SqliteStore
from zuko.submissions.store import Store


class TestClaims(StoreClaims):
    @pytest.fixture
    def stores(self, tmp_path: Path) -> Iterator[Stores]:
        with ExitStack() as stack:

            def make(*, lease_s: float = 10.0, keep_part_s: float = 3600.0) -> Store:
                store = SqliteStore(tmp_path / "own" / "store.db", lease_s=lease_s, keep_part_s=keep_part_s)
                store.open()
                stack.callback(store.close)
                return store

            yield make
