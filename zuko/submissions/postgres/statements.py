"""Statements that do at once what takes SQLite several: here each costs a round trip, and a begin and a commit more."""

from typing import Final

from zuko.submissions.model import ATTEMPTS_MAX
from zuko.submissions.sql.clients import CLAIMED_COLUMNS, CLAIMED_VALUES, SUBMIT
from zuko.submissions.sql.reading import NEEDS
from zuko.submissions.sql.workers import START

# Statistics of a queue are always of another hour: while it was empty, a plan that reads the whole table was good, and
# it stays in use. So plans may use indexes only, and `state || ''` keeps an index of all that is queued out of it.
_BY_RANK: Final = """
    select id, tenant, priority, queued, rank from submission
    where state || '' = 'queued' and id = any(array(
        select c.id from {kinds} cross join lateral (
            select id from submission where state = 'queued' and needs = k.needs order by rank, tenant limit :window
        ) as c
    ))
    order by rank, tenant limit {limit} for update skip locked
"""
_BY_PRIORITY: Final = """
    select id, priority, queued, rank from submission
    where state || '' = 'queued' and id = any(array(
        select c.id from {kinds} cross join lateral (
            select id from submission where state = 'queued' and tenant = {tenant} and needs = k.needs
            order by priority desc, queued limit {window}
        ) as c
    ))
    order by priority desc, queued limit 1
"""
_HOLD: Final = "s.id || ':' || cast(s.attempt as text) || ':' || s.worker"
_KINDS: Final = "unnest(cast(:kinds as text[])) as k (needs)"
_NEXT: Final = f"""
    select f.id, f.tenant, f.priority, f.queued, f.rank, p.priority as best_priority, p.rank as best_rank
    from ({_BY_RANK.format(kinds="{kinds}", limit="{limit}")}) as f
    left join lateral ({_BY_PRIORITY.format(kinds="{kinds}", tenant="f.tenant", window="1")}) as p on true
"""

NEXT: Final = _NEXT.format(kinds=_KINDS, limit="1")
PREFERRED: Final = f"{_BY_PRIORITY.format(kinds=_KINDS, tenant=':tenant', window=':window')} for update skip locked"
ADVANCE: Final = """
    update position set at = :rank where ctid in (select ctid from position where at < :rank for update skip locked)
"""
STARTED: Final = f"""
    with started as ({START})
    select started.*, r.document, r.parts, r.trace from started join request r on r.submission = started.id
"""
_WAITING: Final = f"""
    select q.needs from ({NEEDS}) as q
    where cast(:languages as text[]) is null or string_to_array(q.needs, ',') <@ cast(:languages as text[])
"""
# The whole claim: those of the lowest ranks, up to the first that is not its tenant's first by priority. A row without
# an id: there is none, or all in the window are locked by other claimers; no row: nothing is queued. One with the same
# priority and a lower rank is there only because another claimer has it.
CLAIM: Final = f"""
    with kind as materialized ({_WAITING}),
    first as materialized ({_NEXT.format(kinds="kind as k", limit=":limit")}),
    chosen as materialized (
        select id from (
            select id, bool_and(
                best_priority is null or best_priority < priority
                or (best_priority = priority and best_rank <= rank)
            ) over (order by rank, tenant, id) as is_first
            from first
        ) as f where is_first
    ),
    started as (
        update submission as s set
            state = 'running', attempt = s.attempt + 1, worker = :worker, started = clock(),
            lease = clock() + cast(:lease_s as double precision)
        where s.id = any(array(select id from chosen))
        returning
            s.id, s.tenant, s.kind, s.attempt, s.losses, s.problem, s.problem_version, s.rank,
            s.started - s.queued as waited
    ),
    advanced as (
        update position set at = (select max(rank) from started)
        where ctid in (
            select ctid from position where at < (select max(rank) from started) for update skip locked
        )
    )
    select started.*, r.document, r.parts, r.trace
    from (select from kind limit 1) as queued
    left join (
        started cross join lateral (
            select document, parts, trace from request where submission = started.id offset 0
        ) as r
    ) on true
    order by started.rank, started.tenant, started.id
"""
_WITH_REQUEST: Final = """
    asked as (
        insert into request (submission, fingerprint, trace, parts, document)
        select id, :fingerprint, :trace, :parts, :document from stored
    ),
    used as (
        insert into submission_part (submission, hash) select id, unnest(cast(:hashes as text[])) from stored
    )
    select id from stored
"""
# No row: another submission has the key.
SUBMITTED: Final = f"with stored as ({SUBMIT} returning id), {_WITH_REQUEST}"
# No row: that, or something is queued that the claimer could do.
SUBMITTED_CLAIMED: Final = f"""
    with stored as (
        insert into submission ({CLAIMED_COLUMNS}) select {CLAIMED_VALUES} where not exists ({_WAITING})
        on conflict (tenant, key) where key is not null do nothing returning id
    ),
    {_WITH_REQUEST}
"""
# Ends of several attempts. They lock their rows in the order of the ids, as an index has them, and so do renewals: none
# waits for another that waits for it.
FINISHED: Final = f"""
    with given as materialized (
        select * from unnest(
            cast(:ids as text[]), cast(:holds as text[]), cast(:states as text[]), cast(:reasons as text[]),
            cast(:messages as text[]), cast(:receipts as text[]), cast(:results as text[])
        ) as g (id, hold, state, reason, message, receipt, result)
    ),
    ended as (
        update submission as s set
            (state, reason, message) = (select g.state, g.reason, g.message from given g where g.hold = {_HOLD}),
            lease = null, ended = clock()
        where s.id = any(cast(:ids as text[])) and s.state || '' = 'running' and {_HOLD} = any(cast(:holds as text[]))
        returning *
    ),
    recorded as (
        insert into attempt (submission, number, state, reason, message, receipt, started, ended, result)
        select s.id, s.attempt, s.state, s.reason, s.message, g.receipt, s.started, s.ended, g.result
        from ended s join given g on g.hold = {_HOLD}
    ),
    announced as (
        insert into hook (submission, tenant, attempt, url, state, tries, error, due)
        select id, tenant, attempt, webhook, 'due', 0, null, clock() from ended where webhook is not null
        on conflict (submission) do update set
            attempt = excluded.attempt, url = excluded.url, state = 'due', tries = 0, error = null, due = excluded.due
    ),
    forgotten as (
        delete from attempt as a using ended
        where ended.attempt > {ATTEMPTS_MAX} and a.submission = ended.id and a.number <= ended.attempt - {ATTEMPTS_MAX}
    )
    select * from ended
"""
