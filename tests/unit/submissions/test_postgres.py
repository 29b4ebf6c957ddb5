"""PostgreSQL's errors as ours, without a server."""

import psycopg
import pytest

from zuko.errors import StoreError
from zuko.submissions.postgres.connection import errors


@pytest.mark.parametrize(
    "error",
    [
        psycopg.errors.IdleInTransactionSessionTimeout("a process that was stopped within a transaction"),
        psycopg.errors.DataCorrupted("invalid page"),
        psycopg.errors.UndefinedColumn("of a newer schema"),
        psycopg.errors.AdminShutdown("a restart at 10.0.0.7"),
    ],
)
def test_failures_of_the_server_are_those_of_the_store(error: psycopg.Error) -> None:
    """They are not bugs, and what has failed is tried again."""
    with pytest.raises(StoreError) as raised, errors():
        raise error
    assert str(error) not in str(raised.value)


def test_bugs_are_not_those_of_the_store() -> None:
    with pytest.raises(psycopg.errors.SyntaxError), errors():
        raise psycopg.errors.SyntaxError
