"""The statements of clients who change something: submit, cancel, remove, rejudge."""

from collections.abc import Sequence
from typing import Any, Final

from zuko.errors import KeyConflictError, QueueFullError
from zuko.submissions.model import (
    NO_BOUND,
    Claim,
    Claimer,
    Filter,
    Hold,
    NewSubmission,
    ProblemRef,
    State,
    Submitted,
)
from zuko.submissions.sql.base import FINAL, Transaction, Values
from zuko.submissions.sql.bounds import SqlBounds
from zuko.submissions.sql.ending import announce
from zuko.submissions.sql.reading import find, kinds_of, read_needs, write_labels, write_needs, write_request
from zuko.submissions.store import QUEUE

REJUDGED_AT_ONCE: Final = 500  # in one transaction: others wait for it, also those who keep their leases

_KNOWN: Final = """
    select s.id, s.key, r.fingerprint from submission s join request r on r.submission = s.id
    where s.tenant = :tenant and s.key in @keys
"""
# The submissions of one transaction are a microsecond apart, so that a batch is done in its order.
SUBMIT: Final = """
    insert into submission (
        id, tenant, kind, language, needs, state, rank, priority, attempt, losses, cancel, has_events, created, queued,
        problem, problem_version, key, labels, webhook
    )
    values (
        :id, :tenant, :kind, :language, :needs, 'queued', :rank, :priority, 0, 0, 0, 0,
        clock() + cast(:offset as double precision), clock() + cast(:offset as double precision),
        :problem, :problem_version, :key, :labels, :webhook
    )
    on conflict (tenant, key) where key is not null do nothing
"""
CLAIMED_COLUMNS: Final = """
    id, tenant, kind, language, needs, state, rank, priority, attempt, losses, cancel, has_events, created, queued,
    started, lease, worker, problem, problem_version, key, labels, webhook
"""
CLAIMED_VALUES: Final = """
    :id, :tenant, :kind, :language, :needs, 'running', (select at from position), :priority, 1, 0, 0, 0,
    clock(), clock(), clock(), clock() + cast(:lease_s as double precision), :worker,
    :problem, :problem_version, :key, :labels, :webhook
"""
_SUBMIT_CLAIMED: Final = f"""
    insert into submission ({CLAIMED_COLUMNS}) values ({CLAIMED_VALUES})
    on conflict (tenant, key) where key is not null do nothing
"""
_REQUEST: Final = """
    insert into request (submission, fingerprint, trace, parts, document)
    values (:id, :fingerprint, :trace, :parts, :document)
"""
_USES: Final = "insert into submission_part (submission, hash) values (:id, :hash)"
_CANCEL_QUEUED: Final = """
    update submission set state = 'cancelled', ended = clock()
    where id = :id and tenant = :tenant and state = 'queued' returning id, attempt, webhook
"""
_CANCEL_RUNNING: Final = """
    update submission set cancel = 1 where id = :id and tenant = :tenant and state = 'running'
"""
_STATE: Final = "select state from submission where id = :id and tenant = :tenant"
_REMOVABLE: Final = f"select id from submission where id = :id and tenant = :tenant and state in {FINAL} for update"
_IDLE: Final = """
    update part set idle = 1 where hash in (select hash from submission_part where submission in @ids)
"""
_REMOVE: Final = tuple(
    f"delete from {table} where {column} in @ids"
    for table, column in (
        ("submission_part", "submission"),
        ("request", "submission"),
        ("attempt", "submission"),
        ("event", "submission"),
        ("hook", "submission"),
        ("submission", "id"),
    )
)
_REJUDGE: Final = f"""
    update submission set
        state = 'queued', rank = :rank, losses = 0, cancel = 0, worker = null, started = null, ended = null,
        reason = null, message = null, queued = clock() + cast(:offset as double precision)
    where id = :id and state in {FINAL}
"""
_OTHER_PROBLEM: Final = """
    update submission set problem = :name, problem_version = :version, needs = :needs
    where id in @ids and language = :language
"""
_LANGUAGES: Final = "select distinct language from submission where id in @ids"
_JURY: Final = "select languages from problem where tenant = :tenant and name = :name and version = :version"
_FORGET_HOOKS: Final = "delete from hook where submission in @ids"
_WEIGHT: Final = """
    insert into tenant (name, weight, last) values (:tenant, :weight, 0)
    on conflict (name) do update set weight = excluded.weight
"""


class SqlClients(SqlBounds):
    """The part of clients who write."""

    def submit(
        self,
        submissions: Sequence[NewSubmission],
        *,
        queued_max: int,
        tenant_max: int,
        claimer: Claimer | None = None,
    ) -> list[Submitted]:
        """Store submissions, all or none: see `Store`."""
        if not submissions:
            return []
        tenant = submissions[0].tenant
        claim = None
        with self._write(brief=len(submissions) == 1) as transaction:
            known = _known(transaction, tenant, submissions)
            new: dict[str, NewSubmission] = {}  # by key, or id
            for each in submissions:
                if each.key is None or each.key not in known:
                    new.setdefault(each.key or each.id, each)
            if new:
                self._check_bounds(transaction, tenant, len(new), queued_max=queued_max, tenant_max=tenant_max)
                if claimer is not None and len(submissions) == 1:
                    claim = self._hand_over(transaction, submissions[0], claimer)
                if claim is not None:
                    return [Submitted(claim.hold.id, is_new=True, claim=claim)]
                stored = self._insert(transaction, tenant, list(new.values()))
                if len(stored) < len(new):  # another process has used a key since we looked
                    known |= _known(transaction, tenant, submissions)
                known |= {each.key: (each.id, each.fingerprint) for each in stored if each.key is not None}
                transaction.ring(QUEUE)
                ids = {each.id for each in stored}
            else:
                ids = set()
            answers = [_submitted(each, known, ids) for each in submissions]
        self._note_queued(tenant, len(ids))
        return answers

    def cancel(self, tenant: str, submission_id: str) -> State | None:
        """Cancel a submission; a running one ends within the time in which its worker renews its lease.

        Returns:
            its state afterwards; None: there is no such submission.
        """
        values = {"id": submission_id, "tenant": tenant}
        with self._write() as transaction:
            row = transaction.row(_CANCEL_QUEUED, values)
            if row is not None:
                announce(transaction, row, State.CANCELLED)
                return State.CANCELLED
            if transaction.run(_CANCEL_RUNNING, values):
                transaction.ring(submission_id)
                return State.RUNNING
            row = transaction.row(_STATE, values)
        return None if row is None else State(row["state"])

    def remove(self, tenant: str, submission_id: str) -> bool:
        """Remove a submission that has ended, with all its attempts; False: there is none, or it has not ended."""
        with self._write() as transaction:
            self._alone(transaction)
            if transaction.row(_REMOVABLE, {"id": submission_id, "tenant": tenant}) is None:
                return False
            remove_rows(transaction, [submission_id])
            transaction.ring(submission_id)
        return True

    def rejudge(
        self,
        tenant: str,
        wanted: Filter,
        *,
        ids: Sequence[str] | None = None,
        problem: ProblemRef | None = None,
        queued_max: int = NO_BOUND,
        tenant_max: int = NO_BOUND,
    ) -> list[str]:
        """Queue ended submissions again: see `Store`."""
        with self._read() as transaction:
            left = find(transaction, tenant, wanted, None if ids is None else list(ids))
        queued: list[str] = []
        while left:
            try:
                queued += self._rejudge(tenant, wanted, left, problem, queued_max=queued_max, tenant_max=tenant_max)
            except QueueFullError:
                if not queued:
                    raise
                break
            left = left[REJUDGED_AT_ONCE:]
        return queued

    def _rejudge(
        self,
        tenant: str,
        wanted: Filter,
        ids: list[str],
        problem: ProblemRef | None,
        *,
        queued_max: int,
        tenant_max: int,
    ) -> list[str]:
        """Queue the first of some submissions again, where there is a place for all of them."""
        with self._write() as transaction:
            # Some may have been queued, or removed, meanwhile.
            found = find(transaction, tenant, wanted, ids[:REJUDGED_AT_ONCE])
            if not found:
                return []
            count = len(found) + len(ids[REJUDGED_AT_ONCE:])
            self._check_bounds(transaction, tenant, count, queued_max=queued_max, tenant_max=tenant_max)
            transaction.run(_FORGET_HOOKS, {"ids": found})
            if problem is not None:
                _set_problem(transaction, tenant, found, problem)
            ranks = self._ranks(transaction, tenant, len(found))
            transaction.run_many(
                _REJUDGE,
                [
                    {"id": each, "rank": rank, "offset": number / 1e6}
                    for number, (each, rank) in enumerate(zip(found, ranks, strict=True))
                ],
            )
            transaction.ring(QUEUE, *found)
        self._note_queued(tenant, len(found))
        return found

    def set_weight(self, tenant: str, weight: float) -> None:
        """Let a tenant have as many turns as this where others have one; for what it submits from now on."""
        with self._write() as transaction:
            transaction.run(_WEIGHT, {"tenant": tenant, "weight": weight})

    def _hand_over(self, transaction: Transaction, new: NewSubmission, claimer: Claimer) -> Claim | None:
        """Store a submission as claimed; None: the claimer cannot do it, others wait, or its key is used.

        It never waits, so it takes no turn of its tenant. Given back it is the first of the queue, as it was.
        """
        if not claimer.languages.issuperset(new.needs):
            return None
        values = columns_of(new) | {"worker": claimer.worker, "lease_s": self.lease_s}
        if not self._store_claimed(transaction, values, claimer.languages):
            return None
        return Claim(
            hold=Hold(new.id, 1, claimer.worker),
            tenant=new.tenant,
            kind=new.kind,
            request=new.request,
            problem=new.problem,
            queued_s=0.0,
            trace=new.trace,
        )

    def _store_claimed(self, transaction: Transaction, submission: Values, languages: frozenset[str]) -> bool:
        """Insert a submission in its first attempt; False: others wait for these languages, or another has its key."""
        if kinds_of(transaction, languages) or not transaction.run(_SUBMIT_CLAIMED, submission):
            return False
        store_request(transaction, [submission])
        return True

    def _insert(self, transaction: Transaction, tenant: str, submissions: list[NewSubmission]) -> list[NewSubmission]:
        """Insert submissions, except those with a key that another process has just used; return the others."""
        ranks = self._ranks(transaction, tenant, len(submissions))
        keyed = sorted((each for each in submissions if each.key is not None), key=lambda each: str(each.key))
        places = {each.id: number for number, each in enumerate(submissions)}

        def values(each: NewSubmission) -> Values:
            return columns_of(each) | {"rank": ranks[places[each.id]], "offset": places[each.id] / 1e6}

        # One statement each and in the order of the keys: two processes that send the same batch wait for each other
        # in one order.
        stored = {each.id for each in keyed if self._store(transaction, [values(each)])}
        plain = [each for each in submissions if each.key is None]
        if plain:
            self._store(transaction, [values(each) for each in plain])
        return [each for each in submissions if each.key is None or each.id in stored]

    def _store(self, transaction: Transaction, submissions: list[Values]) -> int:
        """Insert submissions with their requests; return how many have keys that no other had."""
        stored = transaction.run_many(SUBMIT, submissions)
        if stored == len(submissions):  # else it is one, with a key
            store_request(transaction, submissions)
        return stored


def store_request(transaction: Transaction, submissions: list[Values]) -> None:
    """Store what submissions ask for, and which parts they use."""
    transaction.run_many(_REQUEST, submissions)
    uses = [{"id": each["id"], "hash": digest} for each in submissions for digest in each["hashes"]]
    if uses:
        transaction.run_many(_USES, uses)


def remove_rows(transaction: Transaction, ids: list[str]) -> None:
    """Remove submissions with all that belongs to them; their parts may be unused from then on."""
    transaction.run(_IDLE, {"ids": ids})
    for statement in _REMOVE:
        transaction.run(statement, {"ids": ids})


def _set_problem(transaction: Transaction, tenant: str, ids: list[str], problem: ProblemRef) -> None:
    """Have submissions judged by a version of a problem, by workers that have the languages of its programs."""
    values = {"ids": ids, "name": problem.name, "version": problem.version}
    version = transaction.row(_JURY, {"tenant": tenant, "name": problem.name, "version": problem.version})
    jury = () if version is None else read_needs(version["languages"])
    for row in transaction.rows(_LANGUAGES, {"ids": ids}):
        language = row["language"]
        needs = write_needs(tuple(sorted({language, *jury})))
        transaction.run(_OTHER_PROBLEM, values | {"language": language, "needs": needs})


def _known(transaction: Transaction, tenant: str, submissions: Sequence[NewSubmission]) -> dict[str, tuple[str, str]]:
    """Return the ids and fingerprints of stored submissions by their keys, of those that have the keys of new ones."""
    keys = [each.key for each in submissions if each.key is not None]
    if not keys:
        return {}
    rows = transaction.rows(_KNOWN, {"tenant": tenant, "keys": keys})
    return {row["key"]: (row["id"], row["fingerprint"]) for row in rows}


def columns_of(new: NewSubmission) -> dict[str, Any]:
    """Return the columns of a new submission and of its request."""
    return {
        "id": new.id,
        "tenant": new.tenant,
        "kind": new.kind,
        "language": new.language,
        "needs": write_needs(new.needs),
        "priority": new.priority,
        "problem": None if new.problem is None else new.problem.name,
        "problem_version": None if new.problem is None else new.problem.version,
        "key": new.key,
        "labels": write_labels(new.labels),
        "webhook": new.webhook,
        "fingerprint": new.fingerprint,
        "trace": new.trace,
        "hashes": sorted(new.request.hashes),
        **write_request(new.request),
    }


def _submitted(new: NewSubmission, known: dict[str, tuple[str, str]], stored: set[str]) -> Submitted:
    """Return the answer to a submission: itself, or the one that has its key."""
    if new.key is None:
        return Submitted(new.id, is_new=True)
    submission_id, fingerprint = known[new.key]
    if fingerprint != new.fingerprint:
        raise KeyConflictError(new.key)
    return Submitted(submission_id, is_new=submission_id == new.id and new.id in stored)
