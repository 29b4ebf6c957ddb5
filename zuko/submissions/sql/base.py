"""The face of a database to the statements: transactions, and rings of the bell after they are committed.

Statements are written once, in SQL that SQLite and PostgreSQL share, with these words that a database replaces:

    :name        a parameter
    in @name     a parameter that is a list of strings
    clock()      the database's time, s since the epoch
    for update   locks rows; SQLite has one writer, and no such words
    bytes        the type of a column of bytes
    octet_length the size of a text in UTF-8
"""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

from zuko.errors import StoreError
from zuko.submissions.bell import Bell
from zuko.submissions.model import StoredSubmission
from zuko.submissions.sql.schema import STEPS, VERSION

type Row = Mapping[str, Any]
type Values = Mapping[str, Any]

NO_VALUES: Final[Values] = {}
KEEP_PART_S: Final = 3600.0  # for a part that nothing uses yet: its submission may be on its way
STATEMENTS_MAX: Final = 256  # that are kept in a database's words; those of lists are as many as the filters of clients
FINAL: Final = "('done', 'cancelled', 'failed')"


class Transaction(ABC):
    """One transaction; it is committed when its context is left without an error."""

    def __init__(self) -> None:
        self.topics: dict[str, None] = {}  # of the rings that follow
        self.news: dict[str, StoredSubmission] = {}  # that they bring, by topic

    def ring(self, *topics: str) -> None:
        """Ring the bell when the transaction is committed, in all processes."""
        self.topics.update(dict.fromkeys(topics))

    @abstractmethod
    def rows(self, statement: str, values: Values = NO_VALUES) -> list[Row]:
        """Execute a statement that returns rows."""

    @abstractmethod
    def run(self, statement: str, values: Values = NO_VALUES) -> int:
        """Execute a statement; return the number of rows that it changed."""

    @abstractmethod
    def run_many(self, statement: str, values: Sequence[Values]) -> int:
        """Execute a statement, without lists, for each of the values; return the number of rows that were changed."""

    def row(self, statement: str, values: Values = NO_VALUES) -> Row | None:
        """Execute a statement that returns a row or none."""
        rows = self.rows(statement, values)
        return rows[0] if rows else None


class SqlBase(ABC):
    """A database with the schema of `schema.py`."""

    def __init__(self, *, lease_s: float, keep_part_s: float) -> None:
        self.bell = Bell()
        self.lease_s = lease_s
        self.keep_part_s = keep_part_s

    @abstractmethod
    def _read(self) -> AbstractContextManager[Transaction]:
        """Begin to read. Statements see what was committed before, all alike or each by itself."""

    @abstractmethod
    def _write(self, *, durable: bool = True, brief: bool = False) -> AbstractContextManager[Transaction]:
        """Begin to write.

        Args:
            durable: wait for the disk. Not for what is done again after a crash of the machine, as a claim is, nor for
                what may be lost then; what is committed later is never there without what was committed before.
            brief: at most one statement writes: where each statement is a transaction by itself, none is begun.
        """

    @contextlib.contextmanager
    def _write_now(self) -> Iterator[Transaction | None]:
        """Begin to write what need not be durable, in an event loop; None: it would have to wait.

        As it has for a database that is another process.
        """
        yield None

    @abstractmethod
    def _sync_soon(self) -> None:
        """Have the disk get what was written without waiting for it. Returns at once."""

    @abstractmethod
    def _alone(self, transaction: Transaction) -> None:
        """Wait until no other transaction that has called this goes on."""

    @abstractmethod
    def _ranks(self, transaction: Transaction, tenant: str, count: int) -> list[float]:
        """Return ranks for submissions of a tenant, which are queued now, in ascending order."""

    @abstractmethod
    def _has_schema(self, transaction: Transaction) -> bool:
        """Tell a database that has tables of ours from one that has none."""

    def _version(self, transaction: Transaction) -> int:
        """Return the version of the schema; 0: it is not there yet."""
        if not self._has_schema(transaction):
            return 0
        return int(transaction.rows("select version from schema_version")[0]["version"])

    def _migrate(self, transaction: Transaction) -> list[str]:
        """Take the schema to this version; return what was done, a line each.

        Raises:
            StoreError: it is of a newer version.
        """
        version = self._version(transaction)
        if version > VERSION:
            raise StoreError(NEWER.format(version, VERSION))
        if version == 0:
            transaction.run("create table schema_version (version integer not null)")
            transaction.run("insert into schema_version (version) values (0)")
        done = []
        for number, (title, statements) in enumerate(STEPS[version:], version + 1):
            for statement in statements:
                transaction.run(statement)
            done.append(f"{number}: {title}")
        transaction.run("update schema_version set version = :version", {"version": VERSION})
        return done


NEWER: Final = "the store has the schema of a newer Zuko ({0}, this one has {1}): upgrade this one"
RANK: Final = """
    insert into tenant as t (name, weight, last)
    values (:tenant, 1.0, (select at from position) + cast(:count as double precision))
    on conflict (name) do update set last =
        case when t.last > (select at from position) then t.last else (select at from position) end
        + cast(:count as double precision) / t.weight
    returning last, weight
"""


def spread(last: float, weight: float, count: int) -> list[float]:
    """Return the ranks of which the last was reserved."""
    return [last - (count - 1 - number) / weight for number in range(count)]
