"""The statements of workers: claim, renew, finish; and of who takes back what a worker has lost."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Final

from zuko.submissions.model import (
    LOSSES_MAX,
    Claim,
    End,
    Event,
    FailureReason,
    Hold,
    Kind,
    Renewal,
    State,
    WorkerInfo,
)
from zuko.submissions.sql.base import Row, SqlBase, Transaction, Values
from zuko.submissions.sql.ending import announce, make_hook_due, record_attempt, ring_end
from zuko.submissions.sql.reading import kinds_of, read_needs, read_problem, read_request, read_submission, write_needs

START: Final = """
    update submission set
        state = 'running', rank = :rank, attempt = attempt + 1, worker = :worker, started = clock(),
        lease = clock() + cast(:lease_s as double precision)
    where id = :id
    returning id, tenant, kind, attempt, losses, problem, problem_version, started - queued as waited
"""
_MOVE: Final = "update submission set rank = :rank where id = :id"
_REQUEST: Final = "select document, parts, trace from request where submission = :id"
_HELD: Final = "id = :id and attempt = :attempt and worker = :worker and state = 'running'"
# With `|| ''` it is by the ids that PostgreSQL finds the rows, so it locks them in that order, as `finish_all` does.
_RENEW: Final = """
    update submission set lease = clock() + cast(:lease_s as double precision)
    where id in @ids and worker = :worker and state || '' = 'running' and id || ':' || cast(attempt as text) in @holds
    returning id, cancel
"""
_EVENT: Final = f"""
    insert into event (submission, attempt, number, data)
    select id, attempt, cast(:number as integer), cast(:data as text) from submission where {_HELD}
    on conflict (submission, attempt, number) do nothing
"""
_HAS_EVENTS: Final = f"select has_events from submission where {_HELD}"
_SET_EVENTS: Final = f"update submission set has_events = 1 where {_HELD} and has_events = 0"
_FINISH: Final = f"""
    update submission set state = :state, reason = :reason, message = :message, lease = null, ended = clock()
    where {_HELD} returning *
"""
_LOSING: Final = f"""
    select id, losses, cancel from submission where {_HELD} for update
"""
# Also a lease that ends later than any can: the clock was set back since, by hours perhaps. A worker that is well has
# renewed it by the time that leases count again.
_OVER: Final = """
    select id, attempt, worker, losses, cancel from submission
    where state = 'running' and (lease < clock() or lease > clock() + cast(:longest_s as double precision))
    order by lease limit 100 for update skip locked
"""
_LONGEST_S: Final = 60.0  # in addition to a lease: processes may have others
_REQUEUE: Final = """
    update submission set state = 'queued', losses = :losses, worker = null, lease = null, ended = clock()
    where id = :id returning id, attempt, started, ended, webhook
"""
_REQUEUED: Final = "update submission set started = null, ended = null where id = :id"
_END: Final = """
    update submission set
        state = :state, losses = :losses, reason = :reason, message = :message, lease = null, ended = clock()
    where id = :id returning id, attempt, started, ended, webhook
"""
_LOST: Final = "its worker stopped answering"
_BEAT: Final = """
    insert into worker (name, host, slots, languages, factor, version, draining, seen)
    values (:name, :host, :slots, :languages, :factor, :version, :draining, clock())
    on conflict (name) do update set
        host = excluded.host, slots = excluded.slots, languages = excluded.languages, factor = excluded.factor,
        version = excluded.version, draining = excluded.draining, seen = excluded.seen
"""
_WORKERS: Final = "select * from worker where seen > clock() - 60 order by name"


class SqlWorkers(SqlBase):
    """The part of workers."""

    @abstractmethod
    def _pick(self, transaction: Transaction, kinds: list[str]) -> tuple[str, float] | None:
        """Choose the next queued submission and lock it; return its id and rank, None: there is none.

        Args:
            transaction: that claims it.
            kinds: values of the column `needs`.
        """

    def claim(self, worker: str, languages: frozenset[str] | None, limit: int) -> list[Claim]:
        """Claim queued submissions, by rank; each has a lease of LEASE_S.

        Args:
            worker: name of the worker.
            languages: that it has; None: all.
            limit: at most so many.
        """
        with self._read() as transaction:
            kinds = kinds_of(transaction, languages)
        if not kinds or limit < 1:
            return []  # most claims of an idle worker: without a lock
        claims: list[Claim] = []
        with self._write(durable=False) as transaction:
            while len(claims) < limit and (picked := self._pick(transaction, kinds)) is not None:
                submission_id, rank = picked
                values = {"id": submission_id, "rank": rank, "worker": worker, "lease_s": self.lease_s}
                started, request = self._start(transaction, values)
                transaction.ring(submission_id)
                claims.append(read_claim(started, request, worker))
            if claims:
                self._advance(transaction, rank)
        return claims

    def _start(self, transaction: Transaction, values: Values) -> tuple[Row, Row]:
        """Begin an attempt; return the rows of the submission and of its request."""
        return transaction.rows(START, values)[0], transaction.rows(_REQUEST, values)[0]

    @abstractmethod
    def _advance(self, transaction: Transaction, rank: float) -> None:
        """Move the position of the queue up to a rank."""

    def renew(self, worker: str, holds: Sequence[Hold]) -> Renewal:
        """Renew the leases of a worker, and report what it is to end."""
        if not holds:
            return Renewal(frozenset(), frozenset())
        values = {
            "worker": worker,
            "lease_s": self.lease_s,
            "ids": [hold.id for hold in holds],
            "holds": [f"{hold.id}:{hold.attempt}" for hold in holds],
        }
        with self._write(durable=False, brief=True) as transaction:
            rows = transaction.rows(_RENEW, values)
        held = {row["id"] for row in rows}
        return Renewal(
            lost=frozenset(hold.id for hold in holds) - held,
            cancelled=frozenset(row["id"] for row in rows if row["cancel"]),
        )

    def add_events(self, hold: Hold, events: Sequence[Event]) -> bool:
        """Store events of a running attempt."""
        fence = _fence(hold)
        with self._write(durable=False) as transaction:
            row = transaction.row(_HAS_EVENTS, fence)
            if row is None:
                return False
            if events:
                if not row["has_events"]:
                    transaction.run(_SET_EVENTS, fence)
                transaction.run_many(_EVENT, [fence | {"number": event.number, "data": event.data} for event in events])
                transaction.ring(hold.id)
        return True

    def finish(
        self,
        hold: Hold,
        state: State,
        *,
        result: str | None = None,
        reason: str | None = None,
        message: str | None = None,
        receipt: str | None = None,
    ) -> bool:
        """End an attempt and its submission: done with a result, cancelled, or failed with a reason."""
        return self.finish_all([End(hold, state, result, reason, message, receipt)])[0]

    def finish_all(self, ends: Sequence[End]) -> list[bool]:
        """End several attempts in one transaction; return for each whether it was held."""
        if not ends:
            return []
        with self._write(brief=True) as transaction:
            rows = self._finish(transaction, ends)
            for end in ends:
                row = rows.get(end.hold)
                if row is None:
                    continue
                ring_end(transaction, row)
                if row["webhook"] is None and self.bell.is_heard(row["id"]):
                    transaction.news[row["id"]] = read_submission(row, result=end.result, receipt=end.receipt)
        return [end.hold in rows for end in ends]

    def _finish(self, transaction: Transaction, ends: Sequence[End]) -> dict[Hold, Row]:
        """End the attempts that are held, and their submissions; return the rows of those."""
        rows: dict[Hold, Row] = {}
        for end in ends:
            values = _fence(end.hold) | {
                "state": end.state,
                "reason": end.reason,
                "message": end.message,
                "receipt": end.receipt,
                "result": end.result,
            }
            row = transaction.row(_FINISH, values)
            if row is not None:
                record_attempt(transaction, row, values)
                make_hook_due(transaction, row)
                rows[end.hold] = row
        return rows

    def release(self, hold: Hold, *, reason: str | None = None, message: str | None = None, counted: bool) -> bool:
        """Give a submission back to the queue, in its old place: see `Store`."""
        with self._write() as transaction:
            row = transaction.row(_LOSING, _fence(hold))
            if row is None:
                return False
            _give_back(transaction, row, reason, message, counted=counted)
        return True

    def reclaim(self) -> int:
        """Take back what workers hold whose leases are over: a loss for each. Return how many."""
        count = 0
        values = {"longest_s": self.lease_s + _LONGEST_S}
        while True:
            with self._read() as transaction:
                if not transaction.rows(_OVER.replace("for update skip locked", ""), values):
                    return count
            with self._write() as transaction:
                rows = transaction.rows(_OVER, values)
                for row in rows:
                    _give_back(transaction, row, FailureReason.WORKER_LOST, _LOST, counted=True)
            count += len(rows)
            if not rows:
                return count

    def beat(self, worker: WorkerInfo) -> None:
        """Record that a worker is there."""
        values = {
            "name": worker.name,
            "host": worker.host,
            "slots": worker.slots,
            "languages": write_needs(worker.languages),
            "factor": worker.factor,
            "version": worker.version,
            "draining": int(worker.draining),
        }
        with self._write(durable=False, brief=True) as transaction:
            transaction.run(_BEAT, values)

    def leave(self, name: str) -> None:
        """Record that a worker has ended."""
        with self._write(brief=True) as transaction:
            transaction.run("delete from worker where name = :name", {"name": name})

    def workers(self) -> list[WorkerInfo]:
        """Return the workers that have reported within a minute."""
        with self._read() as transaction:
            rows = transaction.rows(_WORKERS)
        return [
            WorkerInfo(
                name=row["name"],
                host=row["host"],
                slots=row["slots"],
                languages=read_needs(row["languages"]),
                factor=row["factor"],
                version=row["version"],
                draining=bool(row["draining"]),
                seen_at=row["seen"],
            )
            for row in rows
        ]


def move(transaction: Transaction, submission_id: str, rank: float) -> None:
    """Give a queued submission another rank."""
    transaction.run(_MOVE, {"id": submission_id, "rank": rank})


def read_claim(row: Row, request: Row, worker: str) -> Claim:
    """Return the claim of a worker from the rows of a submission and of its request."""
    return Claim(
        hold=Hold(row["id"], row["attempt"], worker),
        tenant=row["tenant"],
        kind=Kind(row["kind"]),
        request=read_request(request),
        problem=read_problem(row),
        queued_s=max(row["waited"], 0.0),
        trace=request["trace"],
        losses=row["losses"],
    )


def _fence(hold: Hold) -> dict[str, object]:
    return {"id": hold.id, "attempt": hold.attempt, "worker": hold.worker}


def _give_back(transaction: Transaction, row: Row, reason: str | None, message: str | None, *, counted: bool) -> None:
    """End an attempt without a result: the submission is queued again, or has ended.

    Args:
        transaction: that has locked it.
        row: of the submission, with the columns id, losses, cancel.
        reason: why.
        message: the reason as a sentence.
        counted: whether it is a loss.
    """
    losses = row["losses"] + counted
    if row["cancel"]:
        state = State.CANCELLED
        values: dict[str, object] = {"state": state, "reason": None, "message": None}
    elif losses >= LOSSES_MAX:
        state = State.FAILED
        values = {"state": state, "reason": reason, "message": message}
    else:
        state = State.QUEUED
        values = {}
    values |= {"id": row["id"], "losses": losses}
    ended = transaction.rows(_REQUEUE if state is State.QUEUED else _END, values)[0]
    record_attempt(transaction, ended, {"state": state, "reason": reason, "message": message})
    if state is State.QUEUED:
        transaction.run(_REQUEUED, {"id": row["id"]})
    announce(transaction, ended, state)
