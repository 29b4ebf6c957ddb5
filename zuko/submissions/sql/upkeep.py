"""The statements of the outbox of webhooks, and of the purge."""

from collections.abc import Mapping
from typing import Final

from zuko.submissions.model import NO_BOUND, WATCH_GAP_S, Hook, Outbox
from zuko.submissions.shares import shares
from zuko.submissions.sql.accounts import OLD_ACCOUNTS
from zuko.submissions.sql.base import SqlBase
from zuko.submissions.sql.clients import remove_rows
from zuko.submissions.store import HOOKS, NONE_BUSY

_BATCH: Final = 200  # submissions or parts removed in one transaction: others wait for it
_OUTBOX: Final = f"case when substr(lower(url), 1, 4) = 'http' then '{Outbox.WEBHOOKS}' else '{Outbox.CALLBACKS}' end"

# As NEEDS of reading.py: in as many look-ups as there are tenants.
_WAITING: Final = f"""
    with recursive tenants (tenant) as (
        select * from (select tenant from hook where state = 'due' order by tenant limit 1) as first
        union all
        select (select tenant from hook where state = 'due' and tenant > tenants.tenant order by tenant limit 1)
        from tenants where tenants.tenant is not null
    )
    select tenant, (
        select count(*) from (
            select 1 from hook h where h.state = 'due' and h.tenant = tenants.tenant and h.due <= clock()
            and {_OUTBOX} in @outboxes limit :limit
        ) as counted
    ) as waiting
    from tenants where tenant is not null
"""
_DUE: Final = f"""
    select submission from hook where state = 'due' and tenant = :tenant and due <= clock()
    and {_OUTBOX} in @outboxes
    order by due limit :limit for update skip locked
"""
_LEASE: Final = """
    update hook set due = clock() + cast(:lease_s as double precision) where submission in @ids
    returning submission, tenant, attempt, url, tries, due
"""
# With the lease: a cancellation in the queue, after another judging was asked for, is of the same attempt.
_THIS: Final = "submission = :id and attempt = :attempt and tries = :tries and state = 'due' and due = :due"
_DELIVERED: Final = f"update hook set state = 'delivered', tries = tries + 1, error = null, due = null where {_THIS}"
_RETRY: Final = f"""
    update hook set tries = tries + 1, error = :error, due = clock() + cast(:retry_s as double precision) where {_THIS}
"""
_UNDELIVERED: Final = f"""
    update hook set state = 'undelivered', tries = tries + 1, error = :error, due = null where {_THIS}
"""
_RESEND: Final = """
    update hook set state = 'due', tries = 0, due = clock()
    where submission = (select id from submission where id = :id and tenant = :tenant)
"""

# What is to be delivered stays until it was: to read the submission is a part of it.
_ENDED: Final = f"""
    select s.id from submission s where s.ended < clock() - cast(:keep_s as double precision)
    and not exists (select 1 from hook h where h.submission = s.id and h.state = 'due')
    order by s.ended limit {_BATCH} for update skip locked
"""
_WITH_EVENTS: Final = f"""
    select id from submission where has_events = 1 and ended < clock() - cast(:keep_s as double precision)
    order by ended limit {_BATCH} for update skip locked
"""
_NO_EVENTS: Final = "update submission set has_events = 0 where id in @ids"
_EVENTS: Final = "delete from event where submission in @ids"
_IDLE: Final = f"""
    select p.hash,
        exists (select 1 from submission_part u where u.hash = p.hash)
        or exists (select 1 from problem_file f where f.hash = p.hash) as is_used
    from part p where p.idle = 1 and p.used < clock() - cast(:keep_s as double precision)
    order by p.used limit {_BATCH} for update skip locked
"""
_NOT_IDLE: Final = "update part set idle = 0 where hash in @hashes"
_UNUSED: Final = "delete from part where hash in @hashes"
# Only while anything runs: the disk of a service without work rests.
_WATCHED: Final = """
    select clock() as now, since, seen from watch where exists (select 1 from submission where state = 'running')
"""
_WATCH: Final = """
    update watch set
        since = case when abs(clock() - seen) <= cast(:gap_s as double precision) then since else clock() end,
        seen = clock()
    returning since, seen
"""
_WATCH_S: Final = 0.5  # a look is not recorded again within this time
# They say what the position says, too.
_PASSED: Final = "delete from tenant where weight = 1 and last <= (select at from position)"
_GONE: Final = "delete from worker where seen < clock() - 3600"


class SqlUpkeep(SqlBase):
    """The part of any process, now and then."""

    def due_hooks(
        self,
        limit: int,
        lease_s: float,
        *,
        busy: Mapping[str, int] = NONE_BUSY,
        tenant_max: int = NO_BOUND,
        outbox: Outbox | None = None,
    ) -> list[Hook]:
        """Return webhooks that are due, in fair shares: see `Store`."""
        boxes = [str(each) for each in ([outbox] if outbox else Outbox)]
        with self._read() as transaction:
            rows = transaction.rows(_WAITING, {"limit": limit, "outboxes": boxes})
            waiting = {row["tenant"]: row["waiting"] for row in rows}
        given = shares(waiting, busy, limit, tenant_max)
        if not given:
            return []
        with self._write() as transaction:
            ids = [
                row["submission"]
                for tenant, count in given.items()
                for row in transaction.rows(_DUE, {"tenant": tenant, "limit": count, "outboxes": boxes})
            ]
            rows = transaction.rows(_LEASE, {"ids": ids, "lease_s": lease_s}) if ids else []
        return [
            Hook(row["submission"], row["tenant"], row["attempt"], row["url"], row["tries"], row["due"]) for row in rows
        ]

    def hook_delivered(self, hook: Hook) -> None:
        """Record that a webhook was delivered, or is no longer wanted."""
        with self._write() as transaction:
            transaction.run(_DELIVERED, _this(hook))

    def hook_failed(self, hook: Hook, error: str, retry_s: float | None) -> None:
        """Record a failed try, and when the next one is due; None: it is undelivered."""
        values = _this(hook) | {"error": error}
        with self._write() as transaction:
            if retry_s is None:
                transaction.run(_UNDELIVERED, values)
            else:
                transaction.run(_RETRY, values | {"retry_s": retry_s})

    def resend_hook(self, tenant: str, submission_id: str) -> bool:
        """Make the webhook of an ended submission due again; False: it has none."""
        with self._write() as transaction:
            transaction.ring(HOOKS)
            return transaction.run(_RESEND, {"id": submission_id, "tenant": tenant}) > 0

    def watch(self) -> bool:
        """Record that a process looks at the store; return whether leases count: see `Store`."""
        with self._read() as transaction:
            row = transaction.row(_WATCHED)
        if row is None:
            return False  # there are no leases
        if not 0 <= row["now"] - row["seen"] < _WATCH_S:
            with self._write(durable=False) as transaction:
                row = transaction.rows(_WATCH, {"gap_s": WATCH_GAP_S})[0]
        return bool(row["seen"] - row["since"] >= self.lease_s)

    def purge(self, *, keep_s: float, keep_events_s: float) -> int:
        """Remove what has ended longer ago than that, and parts that nothing uses; return how many submissions."""
        count = 0
        while removed := self._purge_submissions(keep_s):
            count += removed
        while self._purge_events(keep_events_s):
            pass
        while self._purge_parts():
            pass
        with self._write() as transaction:
            transaction.run(_GONE)
            transaction.run(_PASSED)
            transaction.run(OLD_ACCOUNTS)
        return count

    def _purge_submissions(self, keep_s: float) -> int:
        with self._write() as transaction:
            self._alone(transaction)
            ids = [row["id"] for row in transaction.rows(_ENDED, {"keep_s": keep_s})]
            if ids:
                remove_rows(transaction, ids)
        return len(ids)

    def _purge_events(self, keep_s: float) -> int:
        with self._write() as transaction:
            ids = [row["id"] for row in transaction.rows(_WITH_EVENTS, {"keep_s": keep_s})]
            if ids:
                transaction.run(_EVENTS, {"ids": ids})
                transaction.run(_NO_EVENTS, {"ids": ids})
        return len(ids)

    def _purge_parts(self) -> int:
        """Look at the parts that may be unused: those that are new, and those of what was removed."""
        with self._write() as transaction:
            # Alone: a part that is seen in use here would never be looked at again, although its use ends meanwhile.
            self._alone(transaction)
            rows = transaction.rows(_IDLE, {"keep_s": self.keep_part_s})
            for statement, is_used in ((_NOT_IDLE, True), (_UNUSED, False)):
                hashes = [row["hash"] for row in rows if bool(row["is_used"]) is is_used]
                if hashes:
                    transaction.run(statement, {"hashes": hashes})
        return len(rows)


def _this(hook: Hook) -> dict[str, object]:
    return {"id": hook.id, "attempt": hook.attempt, "tries": hook.tries, "due": hook.due_at}
