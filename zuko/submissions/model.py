"""The values of stored submissions. Imports nothing of ours but types.

    submit ──> queued ──claim──> running ──finish──> done
                 ▲  │               │ │
                 │  └──cancel──┐    │ └──third loss──> failed
                 │             ▼    │
                 │         cancelled <──cancel
                 ├──release, lease over──┘
                 └──rejudge── done, failed, cancelled

`done` holds any verdict, also of a program that failed: `failed` says that Zuko could not do the submission.

An *attempt* begins with a claim; its number is the fence: what a worker writes counts only while the submission is
running, in that attempt, by that worker. A *loss* is an attempt that ended without a result and was not given back.
"""

import os
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

LEASE_S: Final = 10.0  # a worker that is silent for this long has lost what it holds
RENEW_S: Final = 2.5
WATCH_GAP_S: Final = 4.0  # no process has looked at the store for longer: it was away, or its clock was set
LOSSES_MAX: Final = 3  # a submission that kills workers must end
ATTEMPTS_MAX: Final = 500  # kept of a submission: it can be judged again and again, and given back
PRIORITIES: Final = range(-10, 11)  # among the submissions of one tenant; the highest first
LABELS_MAX: Final = 16
NO_BOUND: Final = 10**12  # submissions
BATCH_MAX: Final = 100  # submissions of one request
PAGE_MAX: Final = 200  # submissions of one page


class State(StrEnum):
    """The stage of a submission."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """True if nothing more happens to it by itself."""
        return self in (State.DONE, State.CANCELLED, State.FAILED)


class Kind(StrEnum):
    """The route whose request and response a submission has."""

    EXECUTE = "execute"
    JUDGE = "judge"


class FailureReason(StrEnum):
    """The cause of the state `failed`."""

    WORKER_LOST = "worker_lost"  # its worker fell silent, LOSSES_MAX times
    SANDBOX_ERROR = "sandbox_error"  # its sandbox broke, LOSSES_MAX times
    REFUSED = "refused"  # the worker's limits are lower than those it was accepted under
    PROBLEM_MISSING = "problem_missing"  # the stored problem was deleted meanwhile
    PART_LOST = "part_lost"  # the store does not have a part of its request or of its problem, LOSSES_MAX times
    INTERNAL_ERROR = "internal_error"


@dataclass(frozen=True, slots=True)
class ProblemRef:
    """A version of a stored problem."""

    name: str
    version: int

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A request as it is stored: large strings rest as parts, which others may share.

    `zuko.submissions.parts` divides a request and joins it again.
    """

    document: str  # JSON of the request, with null where a part belongs
    parts: tuple[tuple[tuple[str | int, ...], str], ...] = ()  # place in the document, and the part's hash

    @property
    def hashes(self) -> frozenset[str]:
        """The hashes of its parts."""
        return frozenset(digest for _, digest in self.parts)


@dataclass(frozen=True, slots=True)
class NewSubmission:
    """A submission to be stored. Admission has checked it."""

    id: str  # from `new_id`
    tenant: str  # who shares the queue fairly; "" where all are one
    kind: Kind
    language: str  # the program's, by its own name
    needs: tuple[str, ...]  # every language that a worker must have, sorted: the program's, the checker's
    request: StoredRequest
    fingerprint: str  # SHA-256 of what was asked for: the same key with another one is a conflict; "" without a key
    key: str | None = None  # Idempotency-Key
    priority: int = 0
    problem: ProblemRef | None = None
    labels: tuple[tuple[str, str], ...] = ()
    webhook: str | None = None  # URL
    trace: str | None = None  # W3C traceparent, passed to the worker


@dataclass(frozen=True, slots=True)
class Submitted:
    """The answer to a submission that was stored, now or before under the same key."""

    id: str
    is_new: bool
    claim: "Claim | None" = None  # for the `Claimer`; None: it is queued


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that has ended. A submission that was judged again has several."""

    number: int
    state: State  # done, cancelled, failed; queued: it was lost, if it has a reason, or given back
    result: str | None  # JSON of /execute's or /judge's response; None: there is none
    reason: str | None  # a FailureReason
    message: str | None  # the reason as a sentence
    receipt: str | None  # JSON: where and how it was measured
    started_at: float  # s since the epoch, the database's clock, as all times here
    ended_at: float


@dataclass(frozen=True, slots=True)
class Webhook:
    """The delivery of a submission's end."""

    url: str
    state: str  # waiting: the submission has not ended; due, delivered, undelivered
    tries: int
    error: str | None  # of the last try
    due_at: float | None  # of the next try


@dataclass(frozen=True, slots=True)
class StoredSubmission:
    """A submission as it is read."""

    id: str
    tenant: str
    kind: Kind
    language: str
    state: State
    attempt: int  # number of the newest attempt; 0: none has begun
    priority: int
    problem: ProblemRef | None
    labels: tuple[tuple[str, str], ...]
    created_at: float
    started_at: float | None  # of the newest attempt
    ended_at: float | None
    reason: str | None
    message: str | None
    result: str | None  # of the newest attempt; None in lists, too
    receipt: str | None  # as the result
    webhook: Webhook | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """The submissions that a list has; None: any."""

    states: frozenset[State] | None = None
    kind: Kind | None = None
    language: str | None = None
    problem: str | None = None  # name, of any version
    problem_version: int | None = None
    labels: tuple[tuple[str, str], ...] = ()
    created_from: float | None = None
    created_before: float | None = None
    webhook_state: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, the newest first."""

    submissions: tuple[StoredSubmission, ...]
    next: str | None  # cursor of the next page; None: this is the last


@dataclass(frozen=True, slots=True)
class Hold:
    """A worker's right to do a submission, and its fence."""

    id: str
    attempt: int
    worker: str


@dataclass(frozen=True, slots=True)
class End:
    """The end of an attempt and of its submission."""

    hold: Hold
    state: State  # done, cancelled, failed
    result: str | None = None  # as an Attempt has these
    reason: str | None = None
    message: str | None = None
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A submission that a worker has got."""

    hold: Hold
    tenant: str
    kind: Kind
    request: StoredRequest
    problem: ProblemRef | None
    queued_s: float  # it has waited
    trace: str | None
    losses: int = 0  # of attempts before


@dataclass(frozen=True, slots=True)
class Claimer:
    """A worker of this process with a free slot, which may get a submission while it is being stored."""

    worker: str  # its name
    languages: frozenset[str]  # that it has


@dataclass(frozen=True, slots=True)
class Renewal:
    """The answer to a worker that renews its leases."""

    lost: frozenset[str]  # ids that it holds no longer
    cancelled: frozenset[str]  # ids that are to end


@dataclass(frozen=True, slots=True)
class Event:
    """A result that came while a submission was running: a case of a judging."""

    attempt: int
    number: int  # from 1, in each attempt
    data: str  # JSON, of one line


@dataclass(frozen=True, slots=True)
class Depth:
    """The queue at one moment."""

    queued: int
    running: int
    oldest_s: float | None  # since the oldest queued one was queued; None: the queue is empty


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """A worker as it reports itself."""

    name: str  # unique: host, process and a random part
    host: str
    slots: int
    languages: tuple[str, ...]  # that it has images for
    factor: float | None  # the time of the reference program here, over that on the reference machine; None: unknown
    version: str  # of Zuko
    draining: bool = False
    seen_at: float | None = None  # by the store


class Outbox(StrEnum):
    """The kind of a webhook, which its URL shows."""

    WEBHOOKS = "hook"  # http or https
    CALLBACKS = "callback"  # of a façade: another word stands before http

    @classmethod
    def of(cls, url: str) -> "Outbox":
        """Return the outbox that a webhook belongs to."""
        return cls.WEBHOOKS if url[:4].lower() == "http" else cls.CALLBACKS


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook that is due."""

    id: str  # the submission's
    tenant: str
    attempt: int
    url: str
    tries: int  # made before this one
    due_at: float = field(default=0.0, compare=False)  # when the lease of this try is over: its fence


@dataclass(frozen=True, slots=True)
class StoredProblem:
    """A version of a problem."""

    tenant: str
    ref: ProblemRef
    title: str
    format: str  # of the package
    languages: tuple[str, ...]  # of ours, that its checkers, interactors and validators are in
    size_bytes: int
    cases: int
    notes: tuple[str, ...]
    created_at: float
    details: str = "{}"  # see NewProblem


@dataclass(frozen=True, slots=True)
class ProblemFile:
    """A file of a stored problem's package."""

    path: str  # relative to the package
    digest: str  # of the part
    size_bytes: int
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class NewProblem:
    """A version to be stored; its parts are in the store already."""

    tenant: str
    name: str
    title: str
    format: str
    languages: tuple[str, ...]
    cases: int
    notes: tuple[str, ...]
    files: tuple[ProblemFile, ...] = field(repr=False)
    details: str = "{}"  # JSON of what else is to be known without reading the files; it says nothing to the store


def new_id() -> str:
    """Return an id that no one can guess and that sorts by its time: a UUID of version 7 (RFC 9562)."""
    bits = time.time_ns() // 1_000_000 << 80 | int.from_bytes(os.urandom(10))
    bits = bits & ~(0xF << 76) | 7 << 76
    digits = f"{bits & ~(0x3 << 62) | 2 << 62:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
