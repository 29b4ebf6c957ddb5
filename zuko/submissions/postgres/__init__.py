"""The store in PostgreSQL: for workers on many machines.

    threads ──pool──> a connection each ──> rows, locked with `for update skip locked`
    a thread ───────> one more, which listens: NOTIFY with ids rings our bell, and our rings go out by it

Rings go out after their transaction, by a connection that does not wait for the disk: a transaction with a NOTIFY
commits alone in the whole server, its wait for the disk included. So a ring may be lost, in a crash or because a
pooler does not pass it on: every two seconds the thread asks whether anything was written, and if so, all look again.
Times are those of the server's clock.
"""

from zuko.submissions.postgres.store import PostgresStore
from zuko.submissions.store import Store

__all__ = ["PostgresStore", "make_store"]


def make_store(url: str) -> Store:
    """Return the store of a URL, not opened yet.

    Raises:
        StoreError: the URL is not one of PostgreSQL.
    """
    return PostgresStore(url)
