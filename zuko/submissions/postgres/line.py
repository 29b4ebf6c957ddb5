"""The line between the bells of all processes: NOTIFY and LISTEN."""

import contextlib
import logging
import select
import socket
import threading
import time
from collections.abc import Iterable
from typing import Final

import psycopg

from zuko.submissions.bell import EVERYTHING, Bell
from zuko.submissions.postgres.connection import ANSWER_S, Connection, connect

POLL_S: Final = 2.0  # a lost ring costs at most this
CHANNEL: Final = "zuko"
_RETRY_S: Final = 0.5  # between attempts to listen again
_GATHER_S: Final = 0.05  # between two NOTIFYs of a process, each with all ids that came meanwhile
_PAYLOAD_BYTES: Final = 7900  # PostgreSQL takes less than 8000

_log = logging.getLogger(__name__)


class Line:
    """The thread that listens, and sends our rings."""

    def __init__(self, address: str, bell: Bell) -> None:
        self._address = address
        self._bell = bell
        self._lock = threading.Lock()
        self._topics: dict[str, None] = {}  # to be sent
        self._is_closed = False
        self._hears, self._wakes = socket.socketpair()
        self._hears.setblocking(False)
        self._wakes.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="zuko-store-bell", daemon=True)
        self._thread.start()

    def send(self, topics: Iterable[str]) -> None:
        """Ring in the other processes, soon."""
        with self._lock:
            is_first = not self._topics
            self._topics.update(dict.fromkeys(topics))
        if is_first:
            self._wake()

    def close(self) -> None:
        """Send what is to be sent, and end the thread."""
        self._is_closed = True
        self._wake()
        self._thread.join(ANSWER_S)
        self._hears.close()
        self._wakes.close()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: it will wake; closed: it has ended
            self._wakes.send(b"1")

    def _run(self) -> None:
        is_lost = False
        while not self._is_closed:
            try:
                with connect(self._address) as connection:
                    connection.execute("set synchronous_commit = off")
                    connection.execute(f"listen {CHANNEL}".encode())
                    if is_lost:
                        _log.warning("PostgreSQL answers again")
                    is_lost = False
                    self._bell.ring(EVERYTHING)  # for what was sent meanwhile
                    self._attend(connection)
            except psycopg.Error as error:
                if not is_lost:
                    _log.warning(
                        "PostgreSQL does not answer: %s", str(error).partition("\n")[0] or type(error).__name__
                    )
                is_lost = True
                self._wait(None, _RETRY_S)

    def _attend(self, connection: Connection) -> None:
        """Pass rings on in both directions."""
        seen = _written(connection)
        own = connection.info.backend_pid
        may_send = time.monotonic()
        look = may_send + POLL_S
        while True:
            now = time.monotonic()
            if self._topics and (now >= may_send or self._is_closed):
                self._notify(connection)
                may_send = now + _GATHER_S
            if self._is_closed:
                return
            if now >= look:
                look = now + POLL_S
                if self._bell.has_listeners and (written := _written(connection)) != seen:
                    seen = written
                    self._bell.ring(EVERYTHING)
            # Before the wait: a statement may have read them from the socket already.
            for notification in connection.notifies(timeout=0):
                if notification.pid != own:
                    self._bell.ring(*notification.payload.split())
            self._wait(connection, max((may_send if self._topics else look) - time.monotonic(), 0))

    def _notify(self, connection: Connection) -> None:
        with self._lock:
            topics, self._topics = self._topics, {}
        payload = " ".join(topics)
        if len(payload) > _PAYLOAD_BYTES:
            payload = EVERYTHING
        connection.execute("select pg_notify(%s, %s)", (CHANNEL, payload))

    def _wait(self, connection: Connection | None, timeout_s: float) -> None:
        """Wait for a notification, for something to send, or for the time to be over."""
        waiting = select.poll()
        waiting.register(self._hears, select.POLLIN)
        if connection is not None:
            waiting.register(connection.fileno(), select.POLLIN)
        waiting.poll(timeout_s * 1000)
        with contextlib.suppress(BlockingIOError):
            while self._hears.recv(4096):
                pass


def _written(connection: Connection) -> str:
    """Return something that changes with each transaction that writes, in any process."""
    row = connection.execute("select cast(txid_snapshot_xmax(txid_current_snapshot()) as text) as at").fetchone()
    return "" if row is None else str(row["at"])
