"""The store in PostgreSQL, on a real server."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.harness.postgres import Postgres
from tests.harness.store_claims import StoreClaims, Stores
from zuko.submissions.postgres import PostgresStore
from zuko.submissions.store import Store


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


class TestClaims(StoreClaims):
    @pytest.fixture
    def stores(self, postgres: Postgres) -> Iterator[Stores]:
        with postgres.schema() as url, ExitStack() as stack:
            PostgresStore(url).migrate()

            def make(*, lease_s: float = 10.0, keep_part_s: float = 3600.0) -> Store:
                store = PostgresStore(url, lease_s=lease_s, keep_part_s=keep_part_s)
                store.open()
                stack.callback(store.close)
                return store

            yield make
