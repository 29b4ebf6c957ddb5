"""The items of the table, and their values.

    pk                 sk               holds
    S#<id>             -                a submission with all its attempts
    E#<id>             <attempt>.<n>    events of an attempt; <n> is the last one's number
    K#<hash>           -                an Idempotency-Key: the submission's id, the fingerprint
    T#<tenant>         -                a tenant: its last rank, and how much it has queued, at most
    B#<key>            -                bytes of up to INLINE_BYTES; longer ones are objects of the bucket with that key
    P#<tenant>         <name>           a problem: the number of its newest version, also of a deleted one
    V#<tenant>#<name>  <version>        a version of a problem
    W                  <name>           a worker
    KEYS               <id>             an API key: its hash, scopes and times
    A#<day>#<caller>   -                CPU time of a caller on a day
    META, QUEUE, SWEEP -                the version of all this; the position of the queue; when the last sweep was

Indexes are sparse: an item is in one while it has the key.

    work      w, at          queued submissions by rank, running ones by the end of their lease, problems by the time
                             when their parts were last touched
    turn      turn, place    queued submissions of a tenant who uses priorities, the highest first
    tenant    tenant, created
    hooks     h, due         webhooks that are due

A kilobyte that is written costs a unit, and each object of S3 as much as eight: hence INLINE_BYTES. The row is written
at least three times (stored, claimed, ended), so a request that is longer than REQUEST_BYTES has an item of its own.
"""

import hashlib
import json
from typing import Any, Final

from zuko.submissions.model import (
    Attempt,
    Claim,
    Filter,
    Hold,
    Kind,
    NewSubmission,
    ProblemRef,
    State,
    StoredRequest,
    StoredSubmission,
    Webhook,
)

INLINE_BYTES: Final = 8 * 1024
REQUEST_BYTES: Final = 1024
RESULT_BYTES: Final = 4 * 1024  # of a result in the row
RESULTS_IN_ROW: Final = 8  # attempts whose results may be in the row: an item has at most 400 KB
MESSAGE_MAX: Final = 2000  # characters
RECEIPT_BYTES: Final = 16 * 1024  # of a receipt: a larger one loses the times of its cases
ATTEMPTS_BYTES: Final = 200 * 1024  # of the attempts in a row: the oldest go

type Item = dict[str, Any]


def marshal(value: Any) -> dict[str, Any]:
    """Return a value as DynamoDB has it."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int() | float():
            return {"N": repr(value)}
        case bytes():
            return {"B": value}
        case dict():
            return {"M": {name: marshal(each) for name, each in value.items()}}
    raise TypeError(type(value).__name__)


def unmarshal(value: dict[str, Any]) -> Any:
    """Return what a value of DynamoDB means."""
    ((kind, content),) = value.items()
    match kind:
        case "N":
            return float(content) if set(content) & set(".eE") else int(content)
        case "M":
            return {name: unmarshal(each) for name, each in content.items()}
        case "NULL":
            return None
    return content


def item_of(marshalled: dict[str, Any]) -> Item:
    """Return an item with plain values."""
    return {name: unmarshal(each) for name, each in marshalled.items()}


def key(pk: str, sk: str = "-") -> dict[str, Any]:
    """Return the key of an item, as DynamoDB has it."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def submission_key(submission_id: str) -> dict[str, Any]:
    """Return the key of a submission."""
    return key(f"S#{submission_id}")


def id_of(item: Item) -> str:
    """Return the id of a submission, of its events, or of an entry of an index."""
    return str(item["pk"])[2:]


def key_name(tenant: str, idempotency_key: str) -> str:
    """Return the partition key of an Idempotency-Key."""
    return "K#" + hashlib.sha256(json.dumps([tenant, idempotency_key]).encode()).hexdigest()


def problem_name(tenant: str, name: str) -> str:
    """Return the partition key of a problem's versions; names of problems have no #."""
    return f"V#{tenant}#{name}"


def write_request(request: StoredRequest) -> bytes:
    """Return a request as bytes."""
    return json.dumps([request.document, request.parts], ensure_ascii=False, separators=(",", ":")).encode()


def read_request(content: bytes) -> StoredRequest:
    """Return the request of such bytes."""
    document, parts = json.loads(content)
    return StoredRequest(document, tuple((tuple(path), digest) for path, digest in parts))


def tenant_value(tenant: str) -> str:
    """Return a tenant as the key of an index, which cannot be empty."""
    return f"~{tenant}"


def row_of(new: NewSubmission, *, rank: int, now: float) -> Item:
    """Return the row of a submission, without its request and without what puts it into the queue."""
    row: Item = {
        "pk": f"S#{new.id}",
        "sk": "-",
        "tenant": tenant_value(new.tenant),
        "kind": new.kind.value,
        "language": new.language,
        "needs": ",".join(new.needs),
        "state": State.QUEUED.value,
        "rank": rank,
        "attempt": 0,
        "created": now,
        "queued": now,
        "fingerprint": new.fingerprint,
        "attempts": {},
    }
    optional = {
        "priority": new.priority or None,
        "key": new.key,
        "webhook": new.webhook,
        "trace": new.trace,
        "labels": json.dumps(new.labels, ensure_ascii=False) if new.labels else None,
        "problem": new.problem.name if new.problem else None,
        "version": new.problem.version if new.problem else None,
    }
    return row | {name: value for name, value in optional.items() if value is not None}


def tenant_of(item: Item) -> str:
    """Return the tenant of a row."""
    return str(item["tenant"])[1:]


def problem_of(row: Item) -> ProblemRef | None:
    """Return the problem that a row names."""
    return ProblemRef(row["problem"], row["version"]) if "problem" in row else None


def place_of(row: Item) -> str:
    """Return the place of a queued row among those of its tenant: the highest priority first, then the oldest."""
    return f"{10 - row.get('priority', 0):02d}.{row['queued']:018.6f}"


def newest_attempt(row: Item) -> Item:
    """Return the attempt that a row's state is of; empty: it is of none, as after a cancellation."""
    entry: Item = row["attempts"].get(str(row["attempt"]), {})
    fits = entry and entry["state"] == row["state"] and entry["ended"] == row.get("ended")
    return entry if fits else {}


def submission_of(row: Item, *, result: str | None) -> StoredSubmission:
    """Return a row as it is read."""
    return StoredSubmission(
        id=id_of(row),
        tenant=tenant_of(row),
        kind=Kind(row["kind"]),
        language=row["language"],
        state=State(row["state"]),
        attempt=row["attempt"],
        priority=row.get("priority", 0),
        problem=problem_of(row),
        labels=labels_of(row),
        created_at=row["created"],
        started_at=row.get("started"),
        ended_at=row.get("ended"),
        reason=row.get("reason"),
        message=row.get("message"),
        result=result,
        receipt=newest_attempt(row).get("receipt"),
        webhook=_webhook_of(row),
    )


def labels_of(row: Item) -> tuple[tuple[str, str], ...]:
    """Return the labels of a row."""
    return tuple((name, value) for name, value in json.loads(row.get("labels", "[]")))


def _webhook_of(row: Item) -> Webhook | None:
    if "webhook" not in row:
        return None
    state = row.get("hook", "waiting")
    return Webhook(
        url=row["webhook"],
        state=state,
        tries=row.get("tries", 0),
        error=row.get("hook_error"),
        due_at=row.get("due") if state == "due" else None,
    )


def attempt_of(number: str, entry: Item, *, result: str | None) -> Attempt:
    """Return an ended attempt."""
    return Attempt(
        number=int(number),
        state=State(entry["state"]),
        result=result,
        reason=entry.get("reason"),
        message=entry.get("message"),
        receipt=entry.get("receipt"),
        started_at=entry["started"],
        ended_at=entry["ended"],
    )


def claim_of(row: Item, request: StoredRequest) -> Claim:
    """Return what a worker gets with a row that it has claimed."""
    return Claim(
        hold=Hold(id_of(row), row["attempt"], row["worker"]),
        tenant=tenant_of(row),
        kind=Kind(row["kind"]),
        request=request,
        problem=problem_of(row),
        queued_s=max(row["started"] - row["queued"], 0.0),
        trace=row.get("trace"),
        losses=row.get("losses", 0),
    )


def fits(row: Item, wanted: Filter) -> bool:
    """Return whether a list has a row."""
    problem = problem_of(row)
    equal = (
        (wanted.kind, row["kind"]),
        (wanted.language, row["language"]),
        (wanted.problem, problem.name if problem else ""),
        (wanted.problem_version, problem.version if problem else 0),
        (wanted.webhook_state, row.get("hook", "waiting") if "webhook" in row else ""),
    )
    return (
        all(asked is None or asked == found for asked, found in equal)
        and (wanted.states is None or row["state"] in wanted.states)
        and (wanted.created_from is None or row["created"] >= wanted.created_from)
        and (wanted.created_before is None or row["created"] < wanted.created_before)
        and set(wanted.labels) <= set(labels_of(row))
    )
