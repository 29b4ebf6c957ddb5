"""The routes of stored submissions and problems over PostgreSQL and over moto: the claims of every store."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.harness.aws_place import new_place, opened
from tests.harness.postgres import Postgres
from tests.harness.route_claims import CLAIMS, check, name_of
from zuko.submissions.postgres import PostgresStore
from zuko.submissions.store import Store


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture(params=["postgresql", "aws"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with ExitStack() as stack:
        if request.param == "aws":
            place = stack.enter_context(new_place(request.getfixturevalue("moto_server")))
            yield stack.enter_context(opened(place))
            return
        url = stack.enter_context(request.getfixturevalue("postgres").schema())
        store = PostgresStore(url)
        store.migrate()
        store.open()
        stack.callback(store.close)
        yield store


@pytest.mark.parametrize("claim", CLAIMS, ids=name_of)
def test_routes(claim: Callable[..., None], store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(claim, store, tmp_path, monkeypatch)
