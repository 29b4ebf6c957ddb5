"""Our statements in SQLite's words, and its errors in ours."""

import contextlib
import functools
import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, Final

from zuko.errors import StoreError
from zuko.submissions.sql.base import NO_VALUES, STATEMENTS_MAX, Row, Transaction, Values

BUSY: Final = "the store is locked by another process"
_MESSAGES: Final = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_FULL: "the store cannot write: the disk is full",
    sqlite3.SQLITE_READONLY: "the store cannot write: its file is read-only",
    sqlite3.SQLITE_CANTOPEN: "the store's file cannot be opened",
    sqlite3.SQLITE_IOERR: "the store's disk has an error",
    sqlite3.SQLITE_CORRUPT: "the store's file is damaged",
    sqlite3.SQLITE_NOTADB: "the store's file is not a database",
    sqlite3.SQLITE_TOOBIG: "the store refuses a value that is too large",
}
_LIST: Final = re.compile(r"\bin @(\w+)")


class SqliteTransaction(Transaction):
    """A transaction, or reads."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__()
        self._connection = connection

    def rows(self, statement: str, values: Values = NO_VALUES) -> list[Row]:
        """Execute a statement that returns rows."""
        found: list[Any] = self._connection.execute(*_bound(statement, values)).fetchall()
        return found

    def run(self, statement: str, values: Values = NO_VALUES) -> int:
        """Execute a statement; return the number of rows that it changed."""
        return self._connection.execute(*_bound(statement, values)).rowcount

    def run_many(self, statement: str, values: Sequence[Values]) -> int:
        """Execute a statement for each of the values; return the number of rows that were changed."""
        return self._connection.executemany(_own(statement)[0], values).rowcount


@functools.lru_cache(STATEMENTS_MAX)
def _own(statement: str) -> tuple[str, tuple[str, ...]]:
    """Return a statement in SQLite's words, and its parameters that are lists."""
    lists = tuple(_LIST.findall(statement))
    statement = _LIST.sub(r"in (select value from json_each(:\1))", statement)
    statement = re.sub(r"\boctet_length\(([\w.]+)\)", r"length(cast(\1 as blob))", statement)
    statement = re.sub(r"\bfor update( skip locked)?\b", "", statement)
    return re.sub(r"\bbytes\b", "blob", statement), lists


def _bound(statement: str, values: Values) -> tuple[str, Values]:
    """Return a statement in SQLite's words, and its parameters: a list as JSON."""
    own, lists = _own(statement)
    return own, {**values, **{name: json.dumps(values[name]) for name in lists}} if lists else values


def is_busy(error: sqlite3.Error) -> bool:
    """Return whether another process was in the way."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


@contextlib.contextmanager
def errors() -> Iterator[None]:
    """Translate the errors of SQLite, whose texts may contain paths."""
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
        raise  # a bug
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        raise StoreError(_MESSAGES.get(code, f"the store failed: error {code} of SQLite")) from error
