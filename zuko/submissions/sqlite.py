"""The store in a file of SQLite: nothing to install, for the processes of one machine.

    threads that write ──lock──> one connection ──begin immediate──┐
    threads that read  ────────> a connection each ────────────────┤ file (WAL)
    other processes    ────────────────────────────────────────────┘

A submission or a result is on the disk before it is acknowledged (`synchronous=FULL`), except for one that was done
before it was stored: it is in the log then, which no end of a process loses, and on the disk within about 20 ms.
Readers do not wait for writers. Another process cannot ring our bell: a thread looks every 20 ms whether the file has
changed, and has the disk written meanwhile. It also takes the log into the file after commits that do not wait for the
disk: the others do that themselves, as SQLite has it.
"""

import contextlib
import itertools
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from zuko.errors import StoreError
from zuko.submissions.bell import EVERYTHING
from zuko.submissions.model import LEASE_S
from zuko.submissions.sql import SqlStore
from zuko.submissions.sql.base import KEEP_PART_S, RANK, Transaction, spread
from zuko.submissions.sql.workers import move
from zuko.submissions.sqlite_words import BUSY, SqliteTransaction, errors, is_busy
from zuko.submissions.store import Store

log = logging.getLogger(__name__)

BUSY_S: Final = 10.0  # that another process may write for
POLL_S: Final = 0.02  # between two looks at what other processes have written
READERS_MAX: Final = 16  # connections that are kept
CHECKPOINT_S: Final = 1.0  # between two checkpoints of the thread, while anything is written
CHECKPOINT_WRITES: Final = 250  # and after as many transactions at the latest, of about four pages each
LOG_PAGES: Final = 1000  # after which a commit takes the log into the file: SQLite's own rule
_LOG_PAGES_MAX: Final = 4000  # beyond it, others that write or read are waited for, and wait, so that it begins again
_RESTART_MS: Final = 200  # for as long as that
_BUSY_PAUSES_S: Final = (0.001, 0.002, 0.005, 0.01, 0.02)  # between two tries to write beside another process
_WAL_BYTES: Final = 64 << 20  # of the log that are kept after a checkpoint
_FREE_PAGES: Final = 2000  # given back to the file system at a time

# Of the write-ahead log: without FULL a commit is in the log, but the log is not on the disk yet.
_DURABLE: Final = ("pragma synchronous = full", f"pragma wal_autocheckpoint = {LOG_PAGES}")
_HASTY: Final = ("pragma synchronous = normal", "pragma wal_autocheckpoint = 0")
_NO_WAIT: Final = "pragma busy_timeout = 0"
_URL: Final = "sqlite:///"
_CLOSED: Final = "the store is closed"
_GONE: Final = "the store's file was removed or replaced: put it back, or start again with another one"

_LOWEST: Final = """
    select id, tenant, priority, queued, rank from submission
    where state = 'queued' and needs = :needs order by rank, tenant limit 1
"""
_PREFERRED: Final = """
    select id, priority, queued, rank from submission
    where state = 'queued' and tenant = :tenant and needs = :needs order by priority desc, queued limit 1
"""


class SqliteStore(SqlStore):
    """Submissions in a file of SQLite."""

    def __init__(self, path: Path, *, lease_s: float = LEASE_S, keep_part_s: float = KEEP_PART_S) -> None:
        super().__init__(lease_s=lease_s, keep_part_s=keep_part_s)
        self._path = path
        self._lock = threading.Lock()  # of the writer
        self._writer: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None  # device and inode of the file that is open
        self._readers: list[sqlite3.Connection] = []
        self._is_closed = threading.Event()
        self._poller: threading.Thread | None = None
        self._is_synced = True  # False: the log has what its thread is to write to the disk
        self._written = 0  # transactions since the last checkpoint, of those that do none themselves
        self._checkpointed_at = 0.0

    def open(self) -> None:
        """Connect, make the file where there is none, and take its schema to this version."""
        self._open()

    def close(self) -> None:
        """Disconnect."""
        self._is_closed.set()
        if self._poller is not None:
            self._poller.join()
            self._poller = None
        if not self._is_synced:
            with contextlib.suppress(OSError):  # of a file that was removed: what is open is closed all the same
                self._sync()
        with self._lock:
            writer, self._writer = self._writer, None
            readers, self._readers = self._readers, []
        for connection in (*readers, writer):  # the last one takes the log into the file
            if connection is not None:
                connection.close()

    def migrate(self) -> list[str]:
        """Bring the schema to this version, which `open` does, too; return what was done, a line each."""
        if self._writer is not None:
            return []
        done = self._open()
        self.close()
        return done

    def purge(self, *, keep_s: float, keep_events_s: float) -> int:
        """Remove what has ended longer ago than that, and parts that nothing uses; return how many submissions."""
        count = super().purge(keep_s=keep_s, keep_events_s=keep_events_s)
        with self._write() as transaction:
            transaction.rows(f"pragma incremental_vacuum({_FREE_PAGES})")
        return count

    def _open(self) -> list[str]:
        """Open the file; return the steps that its schema took."""
        with errors():
            self._make_file()
            self._writer = writer = self._connect()
            self._file = self._file_at_path()
            self._is_closed.clear()
            try:
                _begin_log(writer)
                for statement in (*_HASTY, _NO_WAIT):  # from here on, who can wait does so in `_begin_patiently`
                    writer.execute(statement)
                with self._write() as transaction:
                    done = self._migrate(transaction)
            except BaseException:
                writer.close()
                self._writer = None
                raise
        self._poller = threading.Thread(target=self._poll, name="zuko-store-changes", daemon=True)
        self._poller.start()
        return done

    @contextlib.contextmanager
    def _read(self) -> Iterator[Transaction]:
        if self._writer is None:
            raise StoreError(_CLOSED)
        with errors():
            try:
                connection = self._readers.pop()
            except IndexError:
                self._check_file()
                connection = self._connect()
                connection.execute("pragma query_only = 1")
            try:
                yield SqliteTransaction(connection)
            finally:
                if self._is_closed.is_set() or len(self._readers) >= READERS_MAX:
                    connection.close()
                else:
                    self._readers.append(connection)

    @contextlib.contextmanager
    def _write(self, *, durable: bool = True, brief: bool = False) -> Iterator[Transaction]:
        with errors():
            with (
                self._lock,
                self._synced() if durable else contextlib.nullcontext(),
                self._committed(self._begin_patiently()) as transaction,
            ):
                yield transaction
            self._written += not durable
            self._ring(transaction)

    @contextlib.contextmanager
    def _write_now(self) -> Iterator[Transaction | None]:
        with errors():
            if not self._lock.acquire(blocking=False):
                yield None
                return
            try:
                writer = self._begin()
                if writer is None:
                    yield None
                    return
                with self._committed(writer) as transaction:
                    yield transaction
            finally:
                self._lock.release()
            self._written += 1
            self._ring(transaction)

    def _begin_patiently(self) -> sqlite3.Connection:
        """Begin to write, once no other process does.

        Raises:
            StoreError: one does for BUSY_S.
        """
        deadline = time.monotonic() + BUSY_S
        pauses_s = itertools.chain(_BUSY_PAUSES_S, itertools.repeat(_BUSY_PAUSES_S[-1]))
        while (writer := self._begin()) is None:
            if time.monotonic() > deadline:
                raise StoreError(BUSY)
            time.sleep(next(pauses_s))
        return writer

    def _begin(self) -> sqlite3.Connection | None:
        """Begin to write, with the lock; return None if another process does."""
        writer = self._open_writer()
        self._check_file()
        if writer.in_transaction:  # an exception came from a signal handler before it could be undone
            writer.execute("rollback")
        try:
            writer.execute("begin immediate")
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            return None
        return writer

    def _open_writer(self) -> sqlite3.Connection:
        if self._writer is None:
            raise StoreError(_CLOSED)
        return self._writer

    @contextlib.contextmanager
    def _synced(self) -> Iterator[None]:
        """Have a commit wait for the disk, in this block alone: others may be in an event loop."""
        writer = self._open_writer()
        try:
            for statement in _DURABLE:  # SQLite parses them each time
                writer.execute(statement)
            yield
        finally:
            for statement in _HASTY:
                writer.execute(statement)

    @contextlib.contextmanager
    def _committed(self, writer: sqlite3.Connection) -> Iterator[Transaction]:
        """Commit what the block writes, or undo it."""
        try:
            yield SqliteTransaction(writer)
            writer.execute("commit")
        except BaseException:
            if writer.in_transaction:  # some errors have ended it
                writer.execute("rollback")
            raise

    def _ring(self, transaction: Transaction) -> None:
        if transaction.topics:
            self.bell.ring(*transaction.topics, news=transaction.news)

    def _sync_soon(self) -> None:
        self._is_synced = False

    def _sync(self) -> None:
        """Write the log to the disk, as SQLite would at a durable commit. Its frames are in the file at each commit."""
        self._is_synced = True
        descriptor = os.open(f"{self._path}-wal", os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)

    def _is_checkpoint_due(self) -> bool:
        since_s = time.monotonic() - self._checkpointed_at
        return self._written >= CHECKPOINT_WRITES or (self._written > 0 and since_s >= CHECKPOINT_S)

    def _checkpoint(self) -> None:
        """Take the log into the file, and begin it again."""
        self._checkpointed_at = time.monotonic()
        with errors(), self._lock:
            writer = self._open_writer()
            self._written = 0
            pages = writer.execute("pragma wal_checkpoint(passive)").fetchone()[1]
            if pages > _LOG_PAGES_MAX:  # others wrote or read each time, and so it went on
                writer.execute(f"pragma busy_timeout = {_RESTART_MS}")
                try:
                    writer.execute("pragma wal_checkpoint(restart)").fetchone()
                finally:
                    writer.execute(_NO_WAIT)
            # Its first commit writes its head to the disk: here, and not in an event loop.
            writer.execute("update position set at = at")

    def _alone(self, transaction: Transaction) -> None:
        """Do nothing: there is one writer."""

    def _ranks(self, transaction: Transaction, tenant: str, count: int) -> list[float]:
        row = transaction.rows(RANK, {"tenant": tenant, "count": count})[0]
        return spread(row["last"], row["weight"], count)

    def _has_schema(self, transaction: Transaction) -> bool:
        return transaction.row("select 1 from sqlite_master where name = 'schema_version'") is not None

    def _pick(self, transaction: Transaction, kinds: list[str]) -> tuple[str, float] | None:
        lowest = [row for kind in kinds for row in transaction.rows(_LOWEST, {"needs": kind})]
        if not lowest:
            return None
        first = min(lowest, key=lambda row: (row["rank"], row["tenant"]))
        values = {"tenant": first["tenant"]}
        own = [row for kind in kinds for row in transaction.rows(_PREFERRED, values | {"needs": kind})]
        preferred = min(own, key=lambda row: (-row["priority"], row["queued"]))
        if preferred["id"] != first["id"]:
            move(transaction, first["id"], preferred["rank"])
        return preferred["id"], first["rank"]

    def _advance(self, transaction: Transaction, rank: float) -> None:
        transaction.run("update position set at = :rank where at < :rank", {"rank": rank})

    def _make_file(self) -> None:
        """Make the file and its directory, for this user alone: it has the programs and the tests of others."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise StoreError(f"the store's file cannot be opened: {error.strerror}") from error

    def _check_file(self) -> None:
        """Refuse to go on in a file that was removed: SQLite would, and no other process will ever find it.

        Raises:
            StoreError: it is not the file at the path.
        """
        if self._file_at_path() != self._file:
            raise StoreError(_GONE)

    def _file_at_path(self) -> tuple[int, int] | None:
        """Return device and inode of the file that other processes would open; None: there is none."""
        try:
            found = os.stat(self._path)  # before each write: pathlib takes three times as long
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=BUSY_S, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        connection.row_factory = sqlite3.Row
        connection.create_function("clock", 0, time.time)  # the clock of all processes that share the file
        return connection

    def _poll(self) -> None:
        """Ring for what other processes have written, as long as anyone listens, and write our own to the disk."""
        seen = None
        while not self._is_closed.wait(POLL_S):
            try:
                if not self._is_synced:
                    self._sync()
                if self._is_checkpoint_due():
                    self._checkpoint()
                if self.bell.has_listeners and (version := self._data_version()) != seen:
                    seen = version
                    self.bell.ring(EVERYTHING)
            except (OSError, StoreError) as error:  # who writes or reads next gets the error, too
                log.debug("the store's file: %s", error)
            except Exception:  # a bug; without this thread the log would grow, and no one would hear of others
                log.exception("the store's file could not be looked at")

    def _data_version(self) -> int:
        """Return a number that changes with each commit of another connection than the writer."""
        with errors(), self._lock:
            return int(self._open_writer().execute("pragma data_version").fetchone()[0])


def _begin_log(connection: sqlite3.Connection) -> None:
    """Turn the file's log on. SQLite does not wait for another process that does the same."""
    deadline = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("pragma auto_vacuum = incremental")  # before the first table
            connection.execute("pragma journal_mode = wal")
            connection.execute(f"pragma journal_size_limit = {_WAL_BYTES}")
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(POLL_S)
        else:
            return


def make_store(url: str) -> Store:
    """Return the store of a URL, not opened yet: `sqlite:///a.db` is relative, `sqlite:////var/a.db` is not.

    Raises:
        StoreError: the URL has no path.
    """
    path = url.removeprefix(_URL)
    if path in ("", url):
        raise StoreError("ZUKO_STORE: the store in a file is sqlite:///PATH")
    return SqliteStore(Path(path))
