"""The statements for a submission that was done before it is stored: one transaction instead of two."""

from collections.abc import Mapping
from typing import Final

from zuko.submissions.model import End, NewSubmission, StoredSubmission
from zuko.submissions.sql.clients import SqlClients, columns_of
from zuko.submissions.sql.ending import make_hook_due, record_attempt
from zuko.submissions.sql.parts import put
from zuko.submissions.sql.reading import read_submission
from zuko.submissions.store import HOOKS

_KEEP: Final = """
    insert into submission (
        id, tenant, kind, language, needs, state, rank, priority, attempt, losses, cancel, has_events, created, queued,
        started, ended, worker, reason, message, problem, problem_version, labels, webhook
    )
    values (
        :id, :tenant, :kind, :language, :needs, :state, (select at from position), :priority, 1, 0, 0, 0,
        clock() - cast(:ran_s as double precision), clock() - cast(:ran_s as double precision),
        clock() - cast(:ran_s as double precision), clock(), :worker, :reason, :message,
        :problem, :problem_version, :labels, :webhook
    )
    returning *, 'due' as hook_state, 0 as hook_tries, null as hook_error, ended as hook_due
"""


class SqlEnded(SqlClients):
    """The part of those who did a submission while they waited for it."""

    def keep_ended(
        self, submission: NewSubmission, parts: Mapping[str, bytes], end: End, *, ran_s: float
    ) -> StoredSubmission:
        """Store a submission that has ended: see `EndedStore`."""
        values = columns_of(submission) | {"ran_s": ran_s, "worker": end.hold.worker}
        values |= {"state": end.state, "reason": end.reason, "message": end.message}
        with self._write(durable=False) as transaction:
            put(transaction, parts)
            row = transaction.rows(_KEEP, values)[0]
            self._store_request(transaction, [values])
            record_attempt(transaction, row, values | {"result": end.result, "receipt": end.receipt})
            make_hook_due(transaction, row)
            transaction.ring(*(() if row["webhook"] is None else (HOOKS,)))  # no one knows its id, to wait for it
        self._sync_soon()
        return read_submission(row, result=end.result, receipt=end.receipt)
