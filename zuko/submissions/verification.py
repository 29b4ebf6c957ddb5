"""Verifications of stored problems: begun as stored submissions with labels, read from what these have come to.

Nothing else is kept: any process that has the store can read a verification, for as long as its submissions are there.
"""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from zuko.errors import SubmissionError
from zuko.package.verify import expected
from zuko.problem import Verdict
from zuko.settings import StoreSettings
from zuko.submissions.claims import (
    SUBMISSION,
    VERIFICATION,
    Claimant,
    Claims,
    contradictions,
    judgement_of,
    warnings,
)
from zuko.submissions.model import (
    PAGE_MAX,
    PRIORITIES,
    Filter,
    Kind,
    NewSubmission,
    State,
    StoredProblem,
    StoredSubmission,
    new_id,
)
from zuko.submissions.parts import divide
from zuko.submissions.problems import Problems
from zuko.submissions.quota import Quota
from zuko.submissions.store import Store
from zuko.submissions.storing import Prepared, store_all
from zuko.wire.judge import JudgeRequest
from zuko.wire.problems import VerificationResponse, VerifiedResponse

_COMPARED_KEPT: Final = 2000  # results of submissions


@dataclass(frozen=True, slots=True)
class _Compared:
    """A result, as far as it is shown, and what it is against the claims."""

    verdict: Verdict
    points: float | None
    time_used_ms: float | None
    memory_used_kb: int | None
    unmet: tuple[str, ...]
    warnings: tuple[str, ...]


class Verifications:
    """The verifications of a process. Safe for several threads; every method may block.

    Args:
        problems: those that are stored.
        settings: the bounds of the queue.
        quota: of the tenants.
    """

    def __init__(self, problems: Problems, settings: StoreSettings, quota: Quota) -> None:
        self._quota = quota
        self._problems = problems
        self._settings = settings
        self._lock = threading.Lock()
        self._compared: OrderedDict[tuple[str, int], _Compared] = OrderedDict()  # by submission and attempt

    def begin(self, store: Store, problem: StoredProblem, trace: str | None = None) -> str:
        """Submit a problem's own submissions, behind all others of its tenant; return the verification's id.

        Args:
            store: has the problem.
            problem: to verify.
            trace: `traceparent` that they continue; None: each is a trace of its own, if it is traced.

        Raises:
            MissingProblemError: it was deleted.
            SubmissionError: it has no submission that can be run.
            StorageFullError: its tenant has no room for them.
            QueueFullError: the queue has no place for all of them.
            StoreError: the store does not answer.
        """
        _, requests = self._problems.own_submissions(problem.tenant, problem.ref)
        if not requests:
            raise SubmissionError("problem", f"problem: {str(problem.ref)!r} has no submission that can be run")
        verification_id = new_id()
        prepared = [_prepared(problem, verification_id, path, request, trace) for path, request in requests.items()]
        store_all(store, prepared, self._settings, self._quota)
        return verification_id

    def read(self, store: Store, tenant: str, name: str, verification_id: str) -> VerificationResponse | None:
        """Return a verification as it is now; None: there is none, or its submissions were removed.

        Raises:
            MissingProblemError: the problem was deleted.
            StoreError: the store does not answer.
        """
        listed = {dict(each.labels).get(SUBMISSION, ""): each for each in _listed(store, tenant, name, verification_id)}
        ref = next((each.problem for each in listed.values() if each.problem is not None), None)
        if ref is None:
            return None
        claims = self._problems.claims_of(tenant, ref)
        verified = [self._verified(store, tenant, claims, each, listed.get(each.path)) for each in claims.submissions]
        running = any(each.state in (State.QUEUED, State.RUNNING) for each in listed.values())
        return VerificationResponse(
            id=verification_id,
            url="",
            problem=str(ref),
            state="running" if running else "done",
            ok=_whole([each.ok for each in verified if each.id is not None], running=running),
            time_limit_ms=claims.problem.limits.cpu_time_ms,
            submissions=verified,
        )

    def topics(self, response: VerificationResponse) -> list[str]:
        """Return the ids of the submissions that a verification waits for: topics of the store's bell."""
        return [each.id for each in response.submissions if each.id and each.state in (State.QUEUED, State.RUNNING)]

    def _verified(
        self, store: Store, tenant: str, claims: Claims, claimant: Claimant, stored: StoredSubmission | None
    ) -> VerifiedResponse:
        compared = None
        message = claimant.reason or None
        if stored is None:
            message = message or "its submission was removed"
        elif stored.state is State.DONE:
            compared = self._compare(store, tenant, claims, claimant, stored)
        elif stored.state.is_final:
            message = stored.message or stored.state.value
        return VerifiedResponse(
            submission=claimant.path,
            id=None if stored is None else stored.id,
            state=None if stored is None else stored.state.value,
            language=claimant.language,
            expected=expected(claimant.expectations),
            verdict=None if compared is None else compared.verdict,
            points=None if compared is None else compared.points,
            time_used_ms=None if compared is None else compared.time_used_ms,
            memory_used_kb=None if compared is None else compared.memory_used_kb,
            ok=None if compared is None else not compared.unmet,
            unmet=[] if compared is None else list(compared.unmet),
            warnings=[] if compared is None else list(compared.warnings),
            message=message,
        )

    def _compare(
        self, store: Store, tenant: str, claims: Claims, claimant: Claimant, stored: StoredSubmission
    ) -> _Compared | None:
        key = stored.id, stored.attempt
        with self._lock:
            if key in self._compared:
                self._compared.move_to_end(key)
                return self._compared[key]
        found = store.get(tenant, stored.id)
        if found is None or found.result is None:  # it is judged again, or was removed, since it was listed
            return None
        response = json.loads(found.result)
        judgement = judgement_of(response)
        unmet = contradictions(claimant, judgement)
        compared = _Compared(
            judgement.verdict,
            judgement.points,
            response["time_used_ms"],
            response["memory_used_kb"],
            unmet,
            () if unmet else warnings(claimant, judgement, claims.problem),
        )
        with self._lock:
            self._compared[found.id, found.attempt] = compared
            while len(self._compared) > _COMPARED_KEPT:
                self._compared.popitem(last=False)
        return compared


def _prepared(
    problem: StoredProblem, verification_id: str, path: str, request: JudgeRequest, trace: str | None
) -> Prepared:
    document, parts = divide(request.model_dump(exclude_unset=True))
    labels = ((SUBMISSION, path), (VERIFICATION, verification_id))
    asked = json.dumps([document.document, document.parts, labels])
    return Prepared(
        NewSubmission(
            id=new_id(),
            tenant=problem.tenant,
            kind=Kind.JUDGE,
            language=request.language,
            needs=tuple(sorted({request.language, *problem.languages})),
            request=document,
            fingerprint=hashlib.sha256(asked.encode()).hexdigest(),
            priority=min(PRIORITIES),
            problem=problem.ref,
            labels=labels,
            trace=trace,
        ),
        parts,
    )


def _listed(store: Store, tenant: str, name: str, verification_id: str) -> Iterator[StoredSubmission]:
    wanted = Filter(problem=name, labels=((VERIFICATION, verification_id),))
    cursor = None
    while True:
        page = store.list(tenant, wanted, limit=PAGE_MAX, cursor=cursor)
        yield from page.submissions
        cursor = page.next
        if cursor is None:
            return


def _whole(results: list[bool | None], *, running: bool) -> bool | None:
    if False in results:
        return False
    return None if running or None in results else True
