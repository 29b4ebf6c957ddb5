"""Connections, and the errors of PostgreSQL as ours.

The pool connects in the thread that asks, and at once says why it cannot. psycopg_pool connects in the background and
with growing pauses: with the server away a call waits for the whole of its time and does not learn the reason, and
when the server is back, the pool may still pause.
"""

import contextlib
import select
import threading
import time
from collections.abc import Iterator
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row

from zuko.errors import StoreError

ANSWER_S: Final = 5.0  # for a connection
_IDLE_S: Final = 60.0  # a connection that no one needs for this long is closed

type Connection = psycopg.Connection[dict[str, Any]]

_OPTIONS: Final = {
    "application_name": "zuko",
    "connect_timeout": f"{ANSWER_S:.0f}",
    "keepalives_idle": "10",
    "tcp_user_timeout": "10000",  # ms
}
_MESSAGES: Final = {
    "25006": "the store cannot write: its server is read-only",
    "42501": "the store's user may not do this: it needs the right to make tables in the schema, and to write them",
    "42P01": "the store has no schema yet: `zuko store migrate` makes it",
    "42703": "the store has the schema of another Zuko",
    "53100": "the store cannot write: the disk of its server is full",
    "53200": "the store's server has no memory",
    "53300": "the store's server has too many connections",
    "57014": "the store takes too long",
}
# An internal error is the server's: it has ended a transaction that took too long, or has read a damaged page.
_ENDED: Final = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)
_NO_ANSWER: Final = "the store does not answer, or has ended the connection"


def address(url: str) -> str:
    """Return the address that a URL has, with our options where it has none.

    Raises:
        StoreError: it is not a URL of PostgreSQL.
    """
    try:
        return make_conninfo("", **(_OPTIONS | conninfo_to_dict(url)))
    except psycopg.ProgrammingError as error:
        raise StoreError("ZUKO_STORE: PostgreSQL's library does not understand the URL") from error


def connect(where: str) -> Connection:
    """Connect to an address; each statement is a transaction, unless one is begun."""
    connection = psycopg.connect(where, autocommit=True, row_factory=dict_row)
    connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
    return connection


class Pool:
    """Connections that threads borrow.

    Args:
        where: their address.
        size: at most so many.
        prepare: statement that each new one executes.
    """

    def __init__(self, where: str, size: int, prepare: str) -> None:
        self._where = where
        self._prepare = prepare.encode()
        self._places = threading.Semaphore(size)
        self._idle: list[tuple[float, Connection]] = []  # since when; the last one is borrowed first
        self._is_closed = False

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        """Borrow a connection.

        Raises:
            StoreError: all are in use, for long.
        """
        if not self._places.acquire(timeout=ANSWER_S):
            raise StoreError("the store has too much to do")
        try:
            connection = self._take()
            try:
                yield connection
            finally:
                self._give_back(connection)
        finally:
            self._places.release()

    def close(self) -> None:
        """Close the connections; those that are in use, when they are given back."""
        self._is_closed = True
        while self._idle:
            with contextlib.suppress(IndexError):
                self._idle.pop()[1].close()

    def _take(self) -> Connection:
        while self._idle:
            with contextlib.suppress(IndexError):  # another thread was faster
                connection = self._idle.pop()[1]
                if _is_alive(connection):
                    return connection
                connection.close()
        connection = connect(self._where)
        connection.execute(self._prepare)
        return connection

    def _give_back(self, connection: Connection) -> None:
        if self._is_closed or connection.info.transaction_status != TransactionStatus.IDLE:
            connection.close()
            return
        now = time.monotonic()
        self._idle.append((now, connection))
        if now - self._idle[0][0] > _IDLE_S:
            with contextlib.suppress(IndexError):
                self._idle.pop(0)[1].close()


def _is_alive(connection: Connection) -> bool:
    """Return whether a connection may be used, without a question: one that is well has nothing to be read."""
    if connection.closed:
        return False
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if not waiting.poll(0):
        return True
    try:
        connection.execute("select 1")  # a notice, or the end
    except psycopg.Error:
        return False
    return True


@contextlib.contextmanager
def errors() -> Iterator[None]:
    """Translate the errors of PostgreSQL and of its library, whose texts contain addresses."""
    try:
        yield
    except psycopg.Error as error:
        message = _MESSAGES.get(error.sqlstate or "")
        if message is None and not isinstance(error, _ENDED):
            raise  # a bug
        raise StoreError(message or _NO_ANSWER) from error
