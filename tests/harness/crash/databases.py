"""The databases of stores. Each can be away for a while: then it answers no one, and loses nothing."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.harness.aws_place import new_place, submit_very_many, url_of
from tests.harness.crash.field import migrate
from tests.harness.moto_server import MotoServer
from tests.harness.postgres import Postgres
from tests.harness.store_claims.values import submit_all
from zuko.submissions.aws import AwsStore
from zuko.submissions.make import make_store
from zuko.submissions.model import LEASE_S, NewSubmission


@dataclass(frozen=True, slots=True)
class Database:
    """A database at work."""

    url: str  # of the store
    stop: Callable[[], None]
    start: Callable[[], None]
    outage_lease_s: float  # a lease for which all workers ask again in time after an outage

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Have it away while the block runs."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def flood(self, submissions: list[NewSubmission]) -> None:
        """Queue very many."""
        with contextlib.closing(make_store(self.url)) as store:
            store.open()
            if isinstance(store, AwsStore):
                submit_very_many(store, submissions)
            else:
                for start in range(0, len(submissions), 500):
                    submit_all(store, submissions[start : start + 500])


@contextlib.contextmanager
def sqlite(directory: Path) -> Iterator[Database]:
    """Yield a file. It is away while another connection locks it."""
    file = directory / "submissions.db"
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:

        def lock() -> None:
            other.execute("begin immediate")

        def unlock() -> None:
            other.execute("rollback")

        yield Database(f"sqlite:///{file}", lock, unlock, outage_lease_s=1.5)


@contextlib.contextmanager
def postgresql() -> Iterator[Database]:
    """Yield a server of PostgreSQL. It is away while it is shut down."""
    with Postgres() as server:
        migrate(server.url)
        yield Database(server.url, server.stop, server.start, outage_lease_s=3.0)


@contextlib.contextmanager
def aws(server: MotoServer, *, hangs: bool = False) -> Iterator[Database]:
    """Yield a table, a bucket and a queue of moto. They are away while it refuses connections, or hangs."""
    with new_place(server) as place:
        stop = server.hang if hangs else server.stop
        yield Database(url_of(place), stop, server.start, outage_lease_s=LEASE_S)
