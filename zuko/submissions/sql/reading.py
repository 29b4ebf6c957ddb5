"""Rows as values, and the statements of clients who read."""

import base64
import binascii
import functools
import json
from typing import Any, Final

from pydantic_core import to_json

from zuko.errors import CursorError
from zuko.submissions.model import (
    Attempt,
    Depth,
    Event,
    Filter,
    Kind,
    NewSubmission,
    Page,
    ProblemRef,
    State,
    StoredRequest,
    StoredSubmission,
    Webhook,
)
from zuko.submissions.sql.base import FINAL, Row, SqlBase, Transaction

type _Listed[T] = list[T]  # the class has a method of that name

_SUBMISSION: Final = """
    select s.*, h.state as hook_state, h.tries as hook_tries, h.error as hook_error, h.due as hook_due
"""
_FROM: Final = "from submission s left join hook h on h.submission = s.id"
# The newest attempt may be that before a rejudging: then the states differ, or the submission is cancelled and has
# ended later.
_ATTEMPT: Final = """
    left join attempt a on a.submission = s.id and a.number = s.attempt and a.state = s.state and a.ended = s.ended
"""
_GET: Final = f"""
    {_SUBMISSION}, a.result, a.receipt {_FROM} {_ATTEMPT} where s.id = :id and s.tenant = :tenant
"""
_GET_REQUEST: Final = f"""
    {_SUBMISSION}, a.result, a.receipt, r.fingerprint, r.trace, r.parts, r.document
    {_FROM} {_ATTEMPT} join request r on r.submission = s.id where s.id = :id and s.tenant = :tenant
"""
_ATTEMPTS: Final = """
    select a.number, a.state, a.reason, a.message, a.receipt, a.started, a.ended,
        case when sum(coalesce(length(a.result), 0)) over (order by a.number desc) <= cast(:results_max as bigint)
            then a.result end as result
    from attempt a join submission s on s.id = a.submission
    where s.id = :id and s.tenant = :tenant order by a.number
"""
_EXISTS: Final = "select 1 as one from submission where id = :id and tenant = :tenant"
_EVENTS: Final = """
    select e.attempt, e.number, e.data from event e join submission s on s.id = e.submission and s.attempt = e.attempt
    where e.submission = :id and (e.attempt > :attempt or (e.attempt = :attempt and e.number > :number))
    order by e.attempt, e.number
"""
_DEPTH: Final = """
    select q.queued, clock() - q.oldest as oldest,
        (select count(*) from submission where state = 'running' {running}) as running
    from (
        select count(*) as queued, min(queued) as oldest from submission where state = 'queued' {queued}
    ) as q
"""
_USAGE: Final = """
    select
        (
            select coalesce(sum(p.size), 0) from part p where p.hash in (
                select u.hash from submission s join submission_part u on u.submission = s.id where s.tenant = :tenant
                union select f.hash from problem_file f where f.tenant = :tenant
            )
        ) as parts,
        (
            select coalesce(sum(octet_length(r.document)), 0)
            from submission s join request r on r.submission = s.id where s.tenant = :tenant
        ) as requests,
        (
            select coalesce(sum(octet_length(a.result)), 0)
            from submission s join attempt a on a.submission = s.id where s.tenant = :tenant
        ) as results
"""
READ_MAX: Final = 10_000  # rows that one page looks at: a filter may find few
# The distinct values of an indexed column, in as many look-ups as there are values: few, however many rows there are.
# `order by` instead of `min`, for which PostgreSQL may read all rows.
NEEDS: Final = """
    with recursive kinds (needs) as (
        select * from (select needs from submission where state = 'queued' order by needs limit 1) as first
        union all
        select (
            select needs from submission where state = 'queued' and needs > kinds.needs order by needs limit 1
        )
        from kinds where kinds.needs is not null
    )
    select needs from kinds where needs is not null
"""
_ANY: Final = 1 << 62  # characters: more than any results have


class SqlReading(SqlBase):
    """The part of clients who read."""

    def get(self, tenant: str, submission_id: str) -> StoredSubmission | None:
        """Return a submission with its newest result."""
        with self._read() as transaction:
            row = transaction.row(_GET, {"id": submission_id, "tenant": tenant})
        return None if row is None else read_submission(row, result=row["result"], receipt=row["receipt"])

    def get_request(self, tenant: str, submission_id: str) -> tuple[NewSubmission, StoredSubmission] | None:
        """Return a submission as it was stored, too."""
        with self._read() as transaction:
            row = transaction.row(_GET_REQUEST, {"id": submission_id, "tenant": tenant})
        if row is None:
            return None
        stored = read_submission(row, result=row["result"], receipt=row["receipt"])
        new = NewSubmission(
            id=stored.id,
            tenant=stored.tenant,
            kind=stored.kind,
            language=stored.language,
            needs=read_needs(row["needs"]),
            request=read_request(row),
            fingerprint=row["fingerprint"],
            key=row["key"],
            priority=stored.priority,
            problem=stored.problem,
            labels=stored.labels,
            webhook=row["webhook"],
            trace=row["trace"],
        )
        return new, stored

    def list(self, tenant: str, wanted: Filter, *, limit: int, cursor: str | None = None) -> Page:
        """Return a page of submissions, the newest first, without results.

        A page of a filter that fits few may have fewer than it could, and a cursor: `READ_MAX` rows were read for it.

        Raises:
            CursorError: the cursor is not one of this store's.
        """
        where, values = condition(tenant, wanted)
        # An index has those of a tenant, a problem and a time; what else is wanted is looked for among them.
        indexed = Filter(problem=wanted.problem, created_from=wanted.created_from, created_before=wanted.created_before)
        among, _ = condition(tenant, indexed)
        after = ""
        if cursor is not None:
            created, submission_id = _read_cursor(cursor)
            # The first half alone bounds the index.
            after = " and s.created <= :c_created and (s.created < :c_created or s.id < :c_id)"
            values |= {"c_created": created, "c_id": submission_id}
        order = "order by s.created desc, s.id desc"
        with self._read() as transaction:
            last: Row | None = None  # that is looked at
            if wanted != indexed:
                last = transaction.row(
                    f"select s.created, s.id from submission s where {among}{after} {order} limit 1"
                    f" offset {READ_MAX - 1:d}",
                    values,
                )
            if last is not None:
                after += " and s.created >= :l_created and (s.created > :l_created or s.id >= :l_id)"
                values |= {"l_created": last["created"], "l_id": last["id"]}
            rows = transaction.rows(f"{_SUBMISSION} {_FROM} where {where}{after} {order} limit {limit + 1:d}", values)
        if len(rows) > limit:
            last = rows[limit - 1]
        found = tuple(read_submission(row, result=None, receipt=None) for row in rows[:limit])
        return Page(found, None if last is None else _cursor(last["created"], last["id"]))

    def attempts(self, tenant: str, submission_id: str, *, results_max: int | None = None) -> _Listed[Attempt] | None:
        """Return the ended attempts of a submission, the oldest first.

        Args:
            tenant: owner of the submission.
            submission_id: its id.
            results_max: characters of all results together, of which the oldest are left out; None: all are wanted.
        """
        values = {"id": submission_id, "tenant": tenant, "results_max": _ANY if results_max is None else results_max}
        with self._read() as transaction:
            rows = transaction.rows(_ATTEMPTS, values)
            if not rows and transaction.row(_EXISTS, values) is None:
                return None
        return [
            Attempt(
                number=row["number"],
                state=State(row["state"]),
                result=row["result"],
                reason=row["reason"],
                message=row["message"],
                receipt=row["receipt"],
                started_at=row["started"],
                ended_at=row["ended"],
            )
            for row in rows
        ]

    def events(self, submission_id: str, after: tuple[int, int]) -> _Listed[Event]:
        """Return the events after an attempt and number, in their order; of the newest attempt only."""
        attempt, number = after
        with self._read() as transaction:
            rows = transaction.rows(_EVENTS, {"id": submission_id, "attempt": attempt, "number": number})
        return [Event(row["attempt"], row["number"], row["data"]) for row in rows]

    def usage(self, tenant: str) -> int:
        """Return the bytes of a tenant's problems and submissions: see `Store`."""
        with self._read() as transaction:
            row = transaction.rows(_USAGE, {"tenant": tenant})[0]
        return int(row["parts"] + row["requests"] + row["results"])

    def depth(self, tenant: str | None = None) -> Depth:
        """Return how much is queued and running; None: of all tenants."""
        if tenant is None:
            statement = _DEPTH.format(queued="", running="")
        else:
            # With `|| ''` few rows are read, all that run: else all that the tenant ever had, by another index.
            statement = _DEPTH.format(queued="and tenant = :tenant", running="and tenant || '' = :tenant")
        with self._read() as transaction:
            row = transaction.rows(statement, {} if tenant is None else {"tenant": tenant})[0]
        return Depth(row["queued"], row["running"], None if row["oldest"] is None else max(row["oldest"], 0.0))


def kinds_of(transaction: Transaction, languages: frozenset[str] | None) -> list[str]:
    """Return the values of `needs` among the queued submissions that a worker with these languages can do."""
    kinds = [row["needs"] for row in transaction.rows(NEEDS)]
    return [kind for kind in kinds if languages is None or languages.issuperset(read_needs(kind))]


def find(transaction: Transaction, tenant: str, wanted: Filter, ids: list[str] | None) -> list[str]:
    """Return the ids of ended submissions, the oldest first, and lock them."""
    where, values = condition(tenant, wanted)
    if ids is not None:
        where += " and s.id in @ids"
        values["ids"] = ids
    statement = f"""
        select s.id from submission s where {where} and s.state in {FINAL} order by s.created, s.id for update
    """
    return [row["id"] for row in transaction.rows(statement, values)]


def condition(tenant: str, wanted: Filter) -> tuple[str, dict[str, Any]]:
    """Return what follows `where` in a statement about submissions `s`, and its values."""
    clauses = ["s.tenant = :tenant"]
    values: dict[str, Any] = {"tenant": tenant}
    for clause, name, value in (
        ("s.kind = :kind", "kind", wanted.kind),
        ("s.language = :language", "language", wanted.language),
        ("s.problem = :problem", "problem", wanted.problem),
        ("s.problem_version = :problem_version", "problem_version", wanted.problem_version),
        ("s.created >= :created_from", "created_from", wanted.created_from),
        ("s.created < :created_before", "created_before", wanted.created_before),
    ):
        if value is not None:
            clauses.append(clause)
            values[name] = value
    if wanted.states is not None:
        clauses.append("s.state in @states")
        values["states"] = sorted(wanted.states)
    for number, label in enumerate(wanted.labels):
        clauses.append(f"instr(s.labels, :label_{number}) > 0")
        values[f"label_{number}"] = to_json(label).decode()
    match wanted.webhook_state:
        case None:
            pass
        case "waiting":
            clauses.append("s.webhook is not null and not exists (select 1 from hook w where w.submission = s.id)")
        case state:
            clauses.append("exists (select 1 from hook w where w.submission = s.id and w.state = :webhook_state)")
            values["webhook_state"] = state
    return " and ".join(clauses), values


@functools.lru_cache(64)  # most submissions have those of others
def write_labels(labels: tuple[tuple[str, str], ...]) -> str:
    """Return labels as a column.

    A list of pairs, so that a pair's text is in the column's text where it has that label, and never else: within a
    string of JSON its quotes would have backslashes. So both databases find labels without a parser.
    """
    return to_json(labels).decode()


def write_needs(needs: tuple[str, ...]) -> str:
    """Return languages as a column."""
    return ",".join(needs)


def read_needs(column: str) -> tuple[str, ...]:
    """Return the languages of a column."""
    return tuple(column.split(",")) if column else ()


def write_request(request: StoredRequest) -> dict[str, Any]:
    """Return a request as columns."""
    return {"parts": to_json(request.parts).decode(), "document": request.document}


def read_request(row: Row) -> StoredRequest:
    """Return the request of a row."""
    return StoredRequest(row["document"], tuple((tuple(path), digest) for path, digest in json.loads(row["parts"])))


def read_problem(row: Row) -> ProblemRef | None:
    """Return the problem of a submission's row."""
    return None if row["problem"] is None else ProblemRef(row["problem"], row["problem_version"])


def read_submission(row: Row, *, result: str | None, receipt: str | None) -> StoredSubmission:
    """Return the submission of a row, which has the columns of its webhook if there is one."""
    webhook = None
    if row["webhook"] is not None:
        state = row["hook_state"]
        webhook = Webhook(
            url=row["webhook"],
            state="waiting" if state is None else state,
            tries=0 if state is None else row["hook_tries"],
            error=row["hook_error"],
            due_at=row["hook_due"] if state == "due" else None,
        )
    return StoredSubmission(
        id=row["id"],
        tenant=row["tenant"],
        kind=Kind(row["kind"]),
        language=row["language"],
        state=State(row["state"]),
        attempt=row["attempt"],
        priority=row["priority"],
        problem=read_problem(row),
        labels=tuple((name, value) for name, value in json.loads(row["labels"])),
        created_at=row["created"],
        started_at=row["started"],
        ended_at=row["ended"],
        reason=row["reason"],
        message=row["message"],
        result=result,
        receipt=receipt,
        webhook=webhook,
    )


def _cursor(created: float, submission_id: str) -> str:
    """Return the cursor of the page after a submission. It is opaque, so that no one takes it apart."""
    return base64.urlsafe_b64encode(f"{created!r} {submission_id}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[float, str]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        created, submission_id = text.split(" ")
        return float(created), submission_id
    except (ValueError, binascii.Error) as error:
        raise CursorError from error
