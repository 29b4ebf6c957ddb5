"""The port to a store of submissions. Three keep it: SQLite, PostgreSQL, and DynamoDB with S3 and SQS.

Every method is one transaction, may be called from any thread, and blocks for as long as the database takes. Times are
the database's. Writers of an attempt show their `Hold`: they get False, and nothing is written, once they have lost it.

The order of the queue is start-time fair queueing: a submission gets the rank max(last rank of its tenant, position of
the queue) + 1 / weight, and the lowest rank is claimed first, so that a tenant who floods waits behind itself only.
Among the submissions of one tenant, the highest priority gets the lowest of their ranks.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, Protocol, TypeGuard

from zuko.submissions.bell import Bell
from zuko.submissions.keys import ApiKey
from zuko.submissions.model import (
    NO_BOUND,
    Attempt,
    Claim,
    Claimer,
    Depth,
    End,
    Event,
    Filter,
    Hold,
    Hook,
    NewProblem,
    NewSubmission,
    Outbox,
    Page,
    ProblemFile,
    ProblemRef,
    Renewal,
    State,
    StoredProblem,
    StoredSubmission,
    Submitted,
    WorkerInfo,
)

type Listed[T] = list[T]  # `Store` has a method of that name

QUEUE: Final = "queue"  # topic of the bell: there may be something to claim
NONE_BUSY: Final[Mapping[str, int]] = {}
HOOKS: Final = "hooks"  # another: a webhook may be due


class PartStore(Protocol):
    """Bytes by their SHA-256, in hexadecimal. Stored once, however many submissions and problems use them."""

    def missing_parts(self, digests: Iterable[str]) -> set[str]:
        """Return the digests that the store does not have, and keep the others from being purged for a while."""

    def put_parts(self, parts: Mapping[str, bytes]) -> None:
        """Store parts; those that are there already are kept."""

    def get_part(self, digest: str) -> bytes | None:
        """Return a part; None: the store does not have it."""


class ProblemStore(Protocol):
    """Problem packages, by tenant and name, in versions that never change."""

    def put_problem(self, problem: NewProblem) -> StoredProblem:
        """Store a new version, unless its files are those of the newest one, which is returned then."""

    def get_problem(self, tenant: str, name: str, version: int | None = None) -> StoredProblem | None:
        """Return a version, None: the newest; None if there is none."""

    def problem_files(self, tenant: str, ref: ProblemRef) -> tuple[ProblemFile, ...] | None:
        """Return the files of a version's package; None: there is no such version."""

    def list_problems(self, tenant: str) -> Listed[StoredProblem]:
        """Return the newest version of each problem, by name."""

    def problem_versions(self, tenant: str, name: str) -> Listed[StoredProblem]:
        """Return all versions of a problem, the newest first."""

    def delete_problem(self, tenant: str, name: str) -> bool:
        """Delete all versions of a problem; its submissions stay. False: there is none."""


class HookStore(Protocol):
    """The outbox of webhooks: written in the transaction that ends a submission."""

    def due_hooks(
        self,
        limit: int,
        lease_s: float,
        *,
        busy: Mapping[str, int] = NONE_BUSY,
        tenant_max: int = NO_BOUND,
        outbox: Outbox | None = None,
    ) -> Listed[Hook]:
        """Return webhooks that are due, in fair shares; no one else gets them for `lease_s`.

        Args:
            limit: at most so many.
            lease_s: s.
            busy: how many the caller has, by tenant.
            tenant_max: webhooks of a tenant, with those that the caller has: see `shares`.
            outbox: that they are in; None: any.
        """

    def hook_delivered(self, hook: Hook) -> None:
        """Record that a webhook was delivered, or is no longer wanted."""

    def hook_failed(self, hook: Hook, error: str, retry_s: float | None) -> None:
        """Record a failed try, and when the next one is due; None: it is undelivered."""

    def resend_hook(self, tenant: str, submission_id: str) -> bool:
        """Make the webhook of an ended submission due again; False: it has none."""


class WorkerStore(Protocol):
    """The workers, as they report themselves."""

    def beat(self, worker: WorkerInfo) -> None:
        """Record that a worker is there."""

    def leave(self, name: str) -> None:
        """Record that a worker has ended."""

    def workers(self) -> Listed[WorkerInfo]:
        """Return the workers that have reported within a minute."""


class KeyStore(Protocol):
    """API keys. They are few: a list has all of them."""

    def put_key(self, key: ApiKey) -> None:
        """Store a new key."""

    def get_key(self, key_id: str) -> ApiKey | None:
        """Return a key, also one that does not count any more; None: there is none."""

    def list_keys(self) -> Listed[ApiKey]:
        """Return all keys, the oldest first."""

    def revoke_key(self, key_id: str) -> bool:
        """Revoke a key for ever; False: there is none that counts."""


class AccountStore(Protocol):
    """The CPU time that callers have used, by day."""

    def charge(self, day: int, used_s: Mapping[str, float], asked: Collection[str]) -> dict[str, float]:
        """Add to accounts of a day, and return them.

        After an error it is not known whether it was added: who sends it again may charge a caller twice.

        Args:
            day: days since the epoch.
            used_s: CPU time to be added, by caller.
            asked: callers whose accounts are wanted as well.

        Returns:
            the accounts of all these, after that; without those that are empty.
        """


class Store(PartStore, ProblemStore, HookStore, WorkerStore, KeyStore, AccountStore, Protocol):
    """Stored submissions. `open` before use, `close` at the end.

    Every method may raise StoreError: the store does not answer, is full, or has another version's schema. Nothing was
    written then, or all of it was and the answer is lost: what may be sent again carries a key.
    """

    bell: Bell
    claims_all: bool  # a claim of fewer than were asked for shows that nothing else was queued

    def open(self) -> None:
        """Connect, and check that the schema is this version's."""

    def close(self) -> None:
        """Disconnect."""

    def migrate(self) -> Listed[str]:
        """Bring the schema to this version; return what was done, a line each."""

    # What clients ask for

    def submit(
        self,
        submissions: Sequence[NewSubmission],
        *,
        queued_max: int,
        tenant_max: int,
        claimer: Claimer | None = None,
    ) -> Listed[Submitted]:
        """Store submissions, all or none; their parts are in the store already.

        Args:
            submissions: of one tenant.
            queued_max: submissions that may be queued, of all tenants.
            tenant_max: submissions that may be queued, of this tenant.
            claimer: may get the submission, if it is one and nothing is queued that the claimer could do: to be queued
                and claimed in one transaction is to be stored as claimed. A store need not do that.

        Raises:
            KeyConflictError: a key was used before with another fingerprint.
            QueueFullError: a bound is reached.
        """

    def get(self, tenant: str, submission_id: str) -> StoredSubmission | None:
        """Return a submission with its newest result."""

    def get_request(self, tenant: str, submission_id: str) -> tuple[NewSubmission, StoredSubmission] | None:
        """Return a submission as it was stored, too."""

    def list(self, tenant: str, wanted: Filter, *, limit: int, cursor: str | None = None) -> Page:
        """Return a page of submissions, the newest first, without results.

        Raises:
            CursorError: the cursor is not one of this store's.
        """

    def attempts(self, tenant: str, submission_id: str, *, results_max: int | None = None) -> Listed[Attempt] | None:
        """Return the ended attempts of a submission, the oldest first; the last ATTEMPTS_MAX are kept.

        Args:
            tenant: owner of the submission.
            submission_id: its id.
            results_max: characters of all results together, of which the oldest are left out; None: all are wanted.
        """

    def events(self, submission_id: str, after: tuple[int, int]) -> Listed[Event]:
        """Return the events after an attempt and number, in their order; of the newest attempt only."""

    def cancel(self, tenant: str, submission_id: str) -> State | None:
        """Cancel a submission; a running one ends within the time in which its worker renews its lease.

        Returns:
            its state afterwards; None: there is no such submission.
        """

    def remove(self, tenant: str, submission_id: str) -> bool:
        """Remove a submission that has ended, with all its attempts; False: there is none, or it has not ended."""

    def rejudge(
        self,
        tenant: str,
        wanted: Filter,
        *,
        ids: Sequence[str] | None = None,
        problem: ProblemRef | None = None,
        queued_max: int = NO_BOUND,
        tenant_max: int = NO_BOUND,
    ) -> Listed[str]:
        """Queue ended submissions again; former attempts are kept.

        Args:
            tenant: owner of the submissions.
            wanted: which of them.
            ids: these alone, where they fit the filter.
            problem: the version to judge by from now on; None: each one's own.
            queued_max: submissions that may be queued, of all tenants.
            tenant_max: submissions that may be queued, of this tenant.

        Returns:
            the ids of those that are queued now: of many, some may find no place, if others submit meanwhile.

        Raises:
            QueueFullError: there is no place for all of them; none is queued.
        """

    def usage(self, tenant: str) -> int:
        """Return the bytes of a tenant's problems and submissions; what several of them share counts once.

        In AWS they are those of its problems: what submissions have there is not to be summed up.
        """

    def depth(self, tenant: str | None = None) -> Depth:
        """Return how much is queued and running; None: of all tenants."""

    # What workers do

    def claim(self, worker: str, languages: frozenset[str] | None, limit: int) -> Listed[Claim]:
        """Claim queued submissions, by rank; each has a lease of LEASE_S.

        Args:
            worker: name of the worker.
            languages: that it has; None: all.
            limit: at most so many.
        """

    def renew(self, worker: str, holds: Sequence[Hold]) -> Renewal:
        """Renew the leases of a worker, and report what it is to end."""

    def add_events(self, hold: Hold, events: Sequence[Event]) -> bool:
        """Store events of a running attempt."""

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

    def finish_all(self, ends: Sequence[End]) -> Listed[bool]:
        """End different attempts, for the price of one where the store has transactions; return what `finish` returns.

        After an error in AWS, where each is a transaction, some may be stored: sent again, they are refused as ended.
        """

    def release(self, hold: Hold, *, reason: str | None = None, message: str | None = None, counted: bool) -> bool:
        """Give a submission back to the queue, in its old place.

        Args:
            hold: of the worker.
            reason: why, if it is a loss.
            message: the reason as a sentence.
            counted: whether it is a loss; with the LOSSES_MAX-th the submission is failed, with the reason.
        """

    # What any process does now and then

    def watch(self) -> bool:
        """Record that a process looks at the store, which each does about once a second.

        Returns:
            whether leases count: someone has looked for a lease's time, without a gap of WATCH_GAP_S. After an outage
            no worker could renew its leases, and each gets this time to do it.
        """

    def reclaim(self) -> int:
        """Take back what workers hold whose leases are over: a loss for each. Return how many."""

    def purge(self, *, keep_s: float, keep_events_s: float) -> int:
        """Remove what has ended longer ago than that, and parts that nothing uses; return how many submissions."""


class EndedStore(Store, Protocol):
    """A store that takes submissions which were done before they were stored. Those in a database do."""

    def keep_ended(
        self, submission: NewSubmission, parts: Mapping[str, bytes], end: End, *, ran_s: float
    ) -> StoredSubmission:
        """Store a submission without a key, with its parts and its only attempt; return it.

        When this returns, readers see it, and no end of this process loses it. The disk has it soon: a power failure in
        this moment may lose it.

        Args:
            submission: of no other attempt.
            parts: all that it has.
            end: of the attempt.
            ran_s: from the beginning of the attempt to now.
        """

    def keep_ended_now(
        self, submission: NewSubmission, parts: Mapping[str, bytes], end: End, *, ran_s: float
    ) -> StoredSubmission | None:
        """Store a small submission as `keep_ended`, in an event loop, which hardly ever waits for the disk.

        Returns:
            None: others write, or the database is another process. Nothing is stored, and `keep_ended` would wait.
        """


def takes_ended(store: Store) -> TypeGuard[EndedStore]:
    """Return whether a store takes submissions that were done before."""
    return hasattr(store, "keep_ended")
