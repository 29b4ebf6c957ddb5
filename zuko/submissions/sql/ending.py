"""The end of an attempt and of a submission: the same few statements, whichever way it ends."""

from typing import Final

from zuko.submissions.model import ATTEMPTS_MAX, State
from zuko.submissions.sql.base import Row, Transaction
from zuko.submissions.store import HOOKS, QUEUE

_RECORD: Final = """
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


def record_attempt(
    transaction: Transaction,
    row: Row,
    state: State,
    *,
    reason: str | None = None,
    message: str | None = None,
    receipt: str | None = None,
    result: str | None = None,
) -> None:
    """Keep an attempt that has ended.

    Args:
        transaction: that ends it.
        row: of the submission, with the columns id, attempt, started, ended.
        state: of the attempt.
        reason: of a failure or a loss.
        message: the reason as a sentence.
        receipt: where and how it was measured.
        result: JSON of the response.
    """
    transaction.run(
        _RECORD,
        {
            "id": row["id"],
            "attempt": row["attempt"],
            "state": state,
            "reason": reason,
            "message": message,
            "receipt": receipt,
            "started": row["started"],
            "ended": row["ended"],
            "result": result,
        },
    )
    if row["attempt"] > ATTEMPTS_MAX:
        transaction.run(_FORGET, {"id": row["id"], "number": row["attempt"] - ATTEMPTS_MAX})


def announce(transaction: Transaction, row: Row, state: State) -> None:
    """Ring for who waits, and make the webhook due where the submission has ended.

    Args:
        transaction: that changes the state.
        row: of the submission, with the columns id, attempt, webhook.
        state: of the submission now.
    """
    transaction.ring(row["id"])
    if state is State.QUEUED:
        transaction.ring(QUEUE)
    elif row["webhook"] is not None:
        transaction.ring(HOOKS)
        transaction.run(_HOOK, {"id": row["id"], "attempt": row["attempt"], "url": row["webhook"]})
