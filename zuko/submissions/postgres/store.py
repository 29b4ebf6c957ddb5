"""The store: transactions on connections of a pool, and the steps that take one statement here."""

import contextlib
import functools
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from zuko.errors import StoreError
from zuko.submissions.model import LEASE_S, Claim, End, Hold
from zuko.submissions.postgres.connection import Connection, Pool, address, connect, errors
from zuko.submissions.postgres.line import Line
from zuko.submissions.postgres.statements import (
    ADVANCE,
    CLAIM,
    FINISHED,
    NEXT,
    PREFERRED,
    STARTED,
    SUBMITTED,
    SUBMITTED_CLAIMED,
)
from zuko.submissions.sql import SqlStore
from zuko.submissions.sql.base import (
    KEEP_PART_S,
    NEWER,
    NO_VALUES,
    RANK,
    STATEMENTS_MAX,
    Row,
    Transaction,
    Values,
    spread,
)
from zuko.submissions.sql.schema import VERSION
from zuko.submissions.sql.workers import move, read_claim

CONNECTIONS_MAX: Final = 6  # of a process
HASTY_MAX: Final = 4  # and these, whose commits do not wait for the disk; one more listens
_STUCK_S: Final = 10  # a process that stops within a transaction loses its locks

_MIGRATING, _REMOVING = 0x7A756B6F01, 0x7A756B6F02  # advisory locks: "zuko"

# Plans may use indexes only: see `statements`. And a statement is planned once, not for its values: that often takes
# longer than to execute it.
_SESSION: Final = f"""
    set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_bitmapscan = off; set jit = off;
    set idle_in_transaction_session_timeout = '{_STUCK_S}s'
"""
_HASTY: Final = "set synchronous_commit = off"
# Claimers that lock the rows ahead of us: rarely more than there are in the first window.
_WINDOWS: Final = (16, 512)
# Rows of the queue are changed a few times and stay: their old versions have to go soon.
_TUNING: Final = (
    "alter table submission set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02)",
    "alter table tenant set (fillfactor = 50)",
    "alter table part alter column content set storage external",  # to compress takes longer than to write
)


class PostgresStore(SqlStore):
    """Submissions in PostgreSQL, 13 or newer."""

    def __init__(self, url: str, *, lease_s: float = LEASE_S, keep_part_s: float = KEEP_PART_S) -> None:
        super().__init__(lease_s=lease_s, keep_part_s=keep_part_s)
        self._address = address(url)
        self._pool: Pool | None = None
        self._hasty: Pool | None = None
        self._line: Line | None = None

    def open(self) -> None:
        """Connect, and check that the schema is this version's."""
        self._pool = Pool(self._address, CONNECTIONS_MAX, _SESSION)
        self._hasty = Pool(self._address, HASTY_MAX, f"{_SESSION}; {_HASTY}")
        try:
            with self._read() as transaction:
                self._check(self._version(transaction))
        except BaseException:
            self.close()
            raise
        self._line = Line(self._address, self.bell)

    def close(self) -> None:
        """Disconnect."""
        if self._line is not None:
            self._line.close()
            self._line = None
        pools = self._pool, self._hasty
        self._pool = self._hasty = None
        for pool in pools:
            if pool is not None:
                pool.close()

    def migrate(self) -> list[str]:
        """Bring the schema to this version; return what was done, a line each. The store need not be open."""
        with (
            errors(),
            connect(self._address) as connection,
            connection.transaction(),
        ):
            transaction = _Transaction(connection)
            transaction.run(f"select pg_advisory_xact_lock({_MIGRATING})")
            is_new = not self._has_schema(transaction)
            done = self._migrate(transaction)
            if is_new:
                for statement in _TUNING:
                    transaction.run(statement)
            return done

    @staticmethod
    def _check(version: int) -> None:
        if version > VERSION:
            raise StoreError(NEWER.format(version, VERSION))
        if version == 0:
            raise StoreError("the store has no schema yet: `zuko store migrate` makes it")
        if version < VERSION:
            raise StoreError(
                f"the store has the schema of an older Zuko ({version}, this one has {VERSION}): "
                "`zuko store migrate` changes it"
            )

    @contextlib.contextmanager
    def _read(self) -> Iterator[Transaction]:
        with errors(), _open(self._pool).connection() as connection:
            yield _Transaction(connection)

    @contextlib.contextmanager
    def _write(self, *, durable: bool = True, brief: bool = False) -> Iterator[Transaction]:
        with errors():
            pool = _open(self._pool if durable else self._hasty)
            with pool.connection() as connection, contextlib.nullcontext() if brief else connection.transaction():
                transaction = _Transaction(connection)
                yield transaction
            if transaction.topics:
                self.bell.ring(*transaction.topics, news=transaction.news)
                if self._line is not None:
                    self._line.send(transaction.topics)

    def _sync_soon(self) -> None:
        """Do nothing: PostgreSQL's own writer does it within a second."""

    def _alone(self, transaction: Transaction) -> None:
        transaction.run(f"select pg_advisory_xact_lock({_REMOVING})")

    def _ranks(self, transaction: Transaction, tenant: str, count: int) -> list[float]:
        """Reserve ranks, in a transaction of its own that does not wait for the disk.

        Else all who submit for one tenant would wait for one another's commit, as they write one row. Ranks that are
        not used after all, or are given twice because the server crashed, change an order a little.
        """
        with _open(self._hasty).connection() as connection:
            row = _Transaction(connection).rows(RANK, {"tenant": tenant, "count": count})[0]
        return spread(row["last"], row["weight"], count)

    def _has_schema(self, transaction: Transaction) -> bool:
        return transaction.row("select 1 as one where to_regclass('schema_version') is not null") is not None

    def claim(self, worker: str, languages: frozenset[str] | None, limit: int) -> list[Claim]:
        """Claim queued submissions, by rank, as the port has it: with one statement, if nothing is in the way.

        Each statement is a transaction: a claim that is made counts, even if the next one fails.
        """
        values = {
            "worker": worker,
            "languages": None if languages is None else sorted(languages),
            "lease_s": self.lease_s,
        }
        claims: list[Claim] = []
        try:
            while len(claims) < limit:
                left = limit - len(claims)
                with self._write(durable=False, brief=True) as transaction:
                    rows = transaction.rows(CLAIM, values | {"limit": left, "window": _WINDOWS[0] + left})
                    if not rows:
                        break
                    if rows[0]["id"] is not None:
                        transaction.ring(*(row["id"] for row in rows))
                        claims += [read_claim(row, row, worker) for row in rows]
                        continue
                return claims + super().claim(worker, languages, left)
        except StoreError:
            if not claims:
                raise
        return claims

    def _pick(self, transaction: Transaction, kinds: list[str]) -> tuple[str, float] | None:
        for window in _WINDOWS:
            first = transaction.row(NEXT, {"kinds": kinds, "window": window})
            if first is not None:
                break
        else:
            return None
        # One with the same priority and a lower rank is there only because another claimer has it.
        if first["best_priority"] is not None and (
            first["best_priority"] > first["priority"]
            or (first["best_priority"] == first["priority"] and first["best_rank"] > first["rank"])
        ):
            own = transaction.row(PREFERRED, {"kinds": kinds, "tenant": first["tenant"], "window": _WINDOWS[0]})
            if own is not None and (-own["priority"], own["queued"]) < (-first["priority"], first["queued"]):
                move(transaction, first["id"], own["rank"])
                return own["id"], first["rank"]
        return first["id"], first["rank"]

    def _store(self, transaction: Transaction, submissions: list[Values]) -> int:
        return transaction.run_many(SUBMITTED, submissions)

    def _store_claimed(self, transaction: Transaction, submission: Values, languages: frozenset[str]) -> bool:
        return bool(transaction.run(SUBMITTED_CLAIMED, {**submission, "languages": sorted(languages)}))

    def _finish(self, transaction: Transaction, ends: Sequence[End]) -> dict[Hold, Row]:
        names = [f"{end.hold.id}:{end.hold.attempt}:{end.hold.worker}" for end in ends]
        values = {
            "ids": [end.hold.id for end in ends],
            "holds": names,
            "states": [end.state for end in ends],
            "reasons": [end.reason for end in ends],
            "messages": [end.message for end in ends],
            "receipts": [end.receipt for end in ends],
            "results": [end.result for end in ends],
        }
        rows = transaction.rows(FINISHED, values)
        holds = {name: end.hold for name, end in zip(names, ends, strict=True)}
        return {holds[f"{row['id']}:{row['attempt']}:{row['worker']}"]: row for row in rows}

    def _start(self, transaction: Transaction, values: Values) -> tuple[Row, Row]:
        row = transaction.rows(STARTED, values)[0]
        return row, row

    def _advance(self, transaction: Transaction, rank: float) -> None:
        """Move the position up to a rank, unless another claimer does the same: then no one waits for the row."""
        transaction.run(ADVANCE, {"rank": rank})


class _Transaction(Transaction):
    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    def rows(self, statement: str, values: Values = NO_VALUES) -> list[Row]:
        return list[Row](self._connection.execute(_own(statement), _bound(values)).fetchall())

    def run(self, statement: str, values: Values = NO_VALUES) -> int:
        return self._connection.execute(_own(statement), _bound(values)).rowcount

    def run_many(self, statement: str, values: Sequence[Values]) -> int:
        if len(values) == 1:  # a pipeline for one takes longer
            return self.run(statement, values[0])
        with self._connection.cursor() as cursor:
            cursor.executemany(_own(statement), map(_bound, values))
            return cursor.rowcount


@functools.lru_cache(STATEMENTS_MAX)
def _own(statement: str) -> bytes:
    """Return a statement in PostgreSQL's words."""
    statement = re.sub(r"\bin @(\w+)", r"= any(:\1)", statement)
    statement = statement.replace(
        "clock()", "cast(extract(epoch from statement_timestamp()) as double precision)"
    ).replace("instr(", "strpos(")
    statement = re.sub(r"\bbytes\b", "bytea", statement)
    return re.sub(r":(\w+)", r"%(\1)s", statement).encode()


def _bound(values: Values) -> dict[str, Any]:
    """Return values as parameters. PostgreSQL's strings have no NUL; JSON, which may, escapes it."""
    return {name: _without_nul(value) for name, value in values.items()}


def _without_nul(value: Any) -> Any:
    match value:
        case str() if "\0" in value:
            return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
        case list():
            return [_without_nul(each) for each in value]
    return value


def _open(pool: Pool | None) -> Pool:
    if pool is None:
        raise StoreError("the store is closed")
    return pool
