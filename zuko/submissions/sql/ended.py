"""The statements for a submission that was done before it is stored: one transaction instead of two."""

from collections.abc import Mapping
from typing import Final

from zuko.submissions.model import End, NewSubmission, StoredSubmission, Webhook
from zuko.submissions.sql.base import Transaction
from zuko.submissions.sql.clients import SqlClients, columns_of, store_request
from zuko.submissions.sql.ending import RECORD, make_hook_due
from zuko.submissions.sql.parts import put
from zuko.submissions.store import HOOKS

_KEEP: Final = """
    insert into submission (
        id, tenant, kind, language, needs, state, rank, priority, attempt, losses, cancel, has_events, created, queued,
        started, ended, worker, reason, message, problem, problem_version, labels, webhook
    )
    values (
        :id, :tenant, :kind, :language, :needs, :state, (select at from position), :priority, :attempt, 0, 0, 0,
        clock() - cast(:ran_s as double precision), clock() - cast(:ran_s as double precision),
        clock() - cast(:ran_s as double precision), clock(), :worker, :reason, :message,
        :problem, :problem_version, :labels, :webhook
    )
    returning created, started, ended
"""


class SqlEnded(SqlClients):
    """The part of those who did a submission while they waited for it."""

    def keep_ended(
        self, submission: NewSubmission, parts: Mapping[str, bytes], end: End, *, ran_s: float
    ) -> StoredSubmission:
        """Store a submission that has ended: see `EndedStore`."""
        with self._write(durable=False) as transaction:
            kept = _keep(transaction, submission, parts, end, ran_s)
        self._sync_soon()
        return kept

    def keep_ended_now(
        self, submission: NewSubmission, parts: Mapping[str, bytes], end: End, *, ran_s: float
    ) -> StoredSubmission | None:
        """Store it without waiting for others: see `EndedStore`."""
        with self._write_now() as transaction:
            if transaction is None:
                return None
            kept = _keep(transaction, submission, parts, end, ran_s)
        self._sync_soon()
        return kept


def _keep(
    transaction: Transaction, submission: NewSubmission, parts: Mapping[str, bytes], end: End, ran_s: float
) -> StoredSubmission:
    values = columns_of(submission) | {
        "attempt": end.hold.attempt,
        "worker": end.hold.worker,
        "state": end.state,
        "reason": end.reason,
        "message": end.message,
        "receipt": end.receipt,
        "result": end.result,
        "ran_s": ran_s,
    }
    webhook = None
    put(transaction, parts)
    values |= transaction.rows(_KEEP, values)[0]
    store_request(transaction, [values])
    transaction.run(RECORD, values)  # it is the first attempt, so none is forgotten for it
    if submission.webhook is not None:
        make_hook_due(transaction, values)
        webhook = Webhook(submission.webhook, "due", tries=0, error=None, due_at=values["ended"])
        transaction.ring(HOOKS)  # no one knows its id, to wait for it
    return StoredSubmission(
        id=submission.id,
        tenant=submission.tenant,
        kind=submission.kind,
        language=submission.language,
        state=end.state,
        attempt=end.hold.attempt,
        priority=submission.priority,
        problem=submission.problem,
        labels=submission.labels,
        created_at=values["created"],
        started_at=values["started"],
        ended_at=values["ended"],
        reason=end.reason,
        message=end.message,
        result=end.result,
        receipt=end.receipt,
        webhook=webhook,
    )
