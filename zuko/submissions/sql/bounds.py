"""The bounds of the queue: how many submissions wait, exactly or nearly."""

import time
from threading import Lock
from typing import Final

from zuko.errors import QueueFullError
from zuko.submissions.model import NO_BOUND
from zuko.submissions.sql.base import SqlBase, Transaction

EXACT_MAX: Final = 1000  # a bound up to this is exact
_COUNT_S: Final = 1.0  # a count of more serves for this time, and longer where the bound is far
_COUNT_MAX_S: Final = 60.0
_INFLOW: Final = 1000.0  # submissions a second of all other processes that would not pass the bound meanwhile

_COUNT: Final = """
    select count(*) as queued from (select 1 from submission where state = 'queued' {tenant} limit {limit:d}) as counted
"""


class SqlBounds(SqlBase):
    """The part that refuses what the queue has no place for."""

    def __init__(self, *, lease_s: float, keep_part_s: float) -> None:
        super().__init__(lease_s=lease_s, keep_part_s=keep_part_s)
        self._counts: dict[str | None, tuple[float, int]] = {}  # tenant: when it was counted, and submissions
        self._counting = Lock()

    def _check_bounds(
        self, transaction: Transaction, tenant: str, count: int, *, queued_max: int, tenant_max: int
    ) -> None:
        """Raise an error if the queue has no place for more submissions."""
        for name, bound in ((tenant, tenant_max), (None, queued_max)):
            if bound < NO_BOUND and self._queued(transaction, name, bound, count) + count > bound:
                raise QueueFullError(bound, of_tenant=name is not None)

    def _note_queued(self, tenant: str, new: int) -> None:
        """Add submissions to the counts that serve for a while."""
        with self._counting:
            for name in (None, tenant):
                if name in self._counts:
                    at, count = self._counts[name]
                    self._counts[name] = at, count + new

    def _queued(self, transaction: Transaction, tenant: str | None, bound: int, new: int) -> int:
        """Return how much is queued.

        To count 100,000 rows takes ten times as long as to submit, and a row that counts them would be written by each
        submission and each claim: all would wait for one another. So a small bound is exact (in PostgreSQL, except for
        submissions that are being stored at this moment). For a larger one a count serves as long as the bound is
        far, with what this process has submitted since; only one of this second refuses anything. What other processes
        submit meanwhile may pass the bound by a second's worth.
        """
        where = "" if tenant is None else "and tenant = :tenant"
        values = {} if tenant is None else {"tenant": tenant}
        if bound <= EXACT_MAX:
            return int(transaction.rows(_COUNT.format(tenant=where, limit=bound + 1), values)[0]["queued"])
        now = time.monotonic()
        with self._counting:
            counted = self._counts.get(tenant)
            if counted is not None:
                room = bound - counted[1] - new
                if now - counted[0] < max(_COUNT_S, min(room / _INFLOW, _COUNT_MAX_S)):
                    return counted[1]
        count = int(transaction.rows(_COUNT.format(tenant=where, limit=bound + 1), values)[0]["queued"])
        with self._counting:
            if len(self._counts) > EXACT_MAX:
                self._counts.clear()
            self._counts[tenant] = now, count
        return count
