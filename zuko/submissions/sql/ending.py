"""The end of an attempt and of a submission: the same few statements, whichever way it ends."""

from typing import Final

from zuko.submissions.model import ATTEMPTS_MAX, State
from zuko.submissions.sql.base import Row, Transaction, Values
from zuko.submissions.store import HOOKS, QUEUE

RECORD: Final = """
    insert into attempt (submission, number, state, reason, message, receipt, started, ended, result)
    values (:id, :attempt, :state, :reason, :message, :receipt, :started, :ended, :result)
"""
_FORGET: Final = "delete from attempt where submission = :id and number <= :number"
_HOOK: Final = """
    insert into hook (submission, tenant, attempt, url, state, tries, error, due)
    values (:id, (select tenant from submission where id = :id), :attempt, :url, 'due', 0, null, clock())
    on conflict (submission) do update set
        attempt = excluded.attempt, url = excluded.url, state = 'due', tries = 0, error = null, due = excluded.due
"""


def record_attempt(transaction: Transaction, row: Row, end: Values) -> None:
    """Keep an attempt that has ended.

    Args:
        transaction: that ends it.
        row: of the submission, with the columns id, attempt, started, ended.
        end: the attempt's state, reason and message, and its receipt and result if it has some.
    """
    columns = {name: row[name] for name in ("id", "attempt", "started", "ended")}
    transaction.run(RECORD, {"receipt": None, "result": None} | dict(end) | columns)
    if row["attempt"] > ATTEMPTS_MAX:
        transaction.run(_FORGET, {"id": row["id"], "number": row["attempt"] - ATTEMPTS_MAX})


def announce(transaction: Transaction, row: Row, state: State) -> None:
    """Ring for who waits, and make the webhook due where the submission has ended.

    Args:
        transaction: that changes the state.
        row: of the submission, with the columns id, attempt, webhook.
        state: of the submission now.
    """
    if state is State.QUEUED:
        transaction.ring(row["id"], QUEUE)
    else:
        make_hook_due(transaction, row)
        ring_end(transaction, row)


def make_hook_due(transaction: Transaction, row: Row) -> None:
    """Make the webhook of a submission due that has ended; the row has the columns id, attempt, webhook."""
    if row["webhook"] is not None:
        transaction.run(_HOOK, {"id": row["id"], "attempt": row["attempt"], "url": row["webhook"]})


def ring_end(transaction: Transaction, row: Row) -> None:
    """Ring for who waits for a submission's end, and for who sends its webhook."""
    transaction.ring(row["id"], *(() if row["webhook"] is None else (HOOKS,)))
