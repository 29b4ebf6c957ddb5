"""Submissions on their way into the store: admitted, named, and divided into the parts that are stored once."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request

from zuko.api.auth import KEY, lacking
from zuko.api.errors import RefusedError
from zuko.api.service import service_of
from zuko.caller import TENANT_MAX
from zuko.errors import SubmissionError
from zuko.execution.admission import admit_request
from zuko.judge.admission import admit_judging
from zuko.problem import CustomChecker, Problem
from zuko.settings import Settings, WebhookSettings
from zuko.submissions.keys import ApiKey, Scope
from zuko.submissions.model import Kind, NewSubmission, ProblemRef, State, new_id
from zuko.submissions.parts import divide
from zuko.submissions.problems import check_allowed, find_problem
from zuko.submissions.quota import Quota
from zuko.submissions.store import Store
from zuko.submissions.storing import Prepared, store_all
from zuko.submissions.worker import Offer
from zuko.telemetry.tracing import traceparent
from zuko.wire.submissions import ExecuteSubmission, JudgeSubmission

KEY_MAX: Final = 255
_KEY: Final = re.compile(rf"[\x21-\x7e]{{1,{KEY_MAX}}}")
_TRACE: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")  # W3C Trace Context
_STORED_ONLY: Final = {"priority", "labels", "webhook"}  # the fields that the program's own request does not have


@dataclass(frozen=True, slots=True)
class Sender:
    """The headers of a request that concern its submission."""

    tenant: str
    key: str | None  # Idempotency-Key
    trace: str | None  # traceparent
    may_judge: bool = True

    @classmethod
    def of(cls, request: Request, settings: Settings) -> "Sender":
        """Return the sender of a request.

        Raises:
            RefusedError: a header is missing or wrong.
        """
        key = request.headers.get("idempotency-key")
        if key is not None and not _KEY.fullmatch(key):
            message = f"must be 1 to {KEY_MAX} visible characters of ASCII"
            raise RefusedError(422, "header", "Idempotency-Key", message=message, kind="out_of_bounds")
        api_key: ApiKey | None = request.scope.get(KEY)
        may_judge = api_key is None or api_key.allows(Scope.JUDGE)
        return cls(tenant_of(request, settings), key, trace_of(request), may_judge)


def trace_of(request: Request) -> str | None:
    """Return the trace that a worker continues: that of the request, or what the client sent; None: there is none."""
    sent = request.headers.get("traceparent", "")
    return traceparent() or (sent if _TRACE.fullmatch(sent) else None)


def tenant_of(request: Request, settings: Settings) -> str:
    """Return the tenant that a request comes from: the name of its key, or a header's value; "": all are one.

    Raises:
        RefusedError: the header that names it is missing. What stands in front sets it, so this is a mistake there, and
            must not mix the submissions of tenants.
    """
    key: ApiKey | None = request.scope.get(KEY)
    if key is not None:
        return key.name
    header = settings.tenant_header
    if header is None:
        return ""
    tenant = request.headers.get(header, "")
    if not 1 <= len(tenant) <= TENANT_MAX:
        message = f"the header {header} must name the tenant, with 1 to {TENANT_MAX} characters"
        raise RefusedError(422, "header", header, message=message, kind="missing" if not tenant else "out_of_bounds")
    return tenant


async def tenant_now(request: Request) -> str:
    """Return the tenant of a request to the service; see `tenant_of`."""
    return tenant_of(request, service_of(request).executor.settings)


TenantNow = Annotated[str, Depends(tenant_now)]


def prepare(sent: ExecuteSubmission | JudgeSubmission, store: Store, settings: Settings, sender: Sender) -> Prepared:
    """Admit a submission, and divide it.

    Raises:
        UnknownLanguageError: no language has the name of the program's, the checker's or the interactor's.
        MissingProblemError: there is no such stored problem.
        SubmissionError: it names the field and its limit.
        RefusedError: the key of its sender does not allow to judge.
    """
    if not sender.may_judge and not isinstance(sent, ExecuteSubmission):
        raise lacking(Scope.JUDGE)
    admitted = _admit(sent, store, settings, sender.tenant)
    if sent.webhook is not None:
        check_webhook(sent.webhook, settings)
    request, parts = divide(sent.model_dump(exclude_unset=True, exclude=_STORED_ONLY))
    labels = tuple(sorted(sent.labels.items()))
    asked = [admitted.kind, request.document, request.parts, sent.priority, labels, sent.webhook]
    return Prepared(
        NewSubmission(
            id=new_id(),
            tenant=sender.tenant,
            kind=admitted.kind,
            language=admitted.language,
            needs=tuple(sorted({admitted.language, *admitted.jury})),
            request=request,
            fingerprint="" if sender.key is None else _hash(json.dumps(asked)),
            key=sender.key,
            priority=sent.priority,
            problem=admitted.problem,
            labels=labels,
            webhook=sent.webhook,
            trace=sender.trace,
        ),
        parts,
    )


@dataclass(frozen=True, slots=True)
class Admitted:
    """The findings of admission."""

    kind: Kind
    language: str
    jury: tuple[str, ...] = ()  # languages of the jury's programs
    problem: ProblemRef | None = None  # the version to judge by: the newest one now, if the request names none


def _admit(sent: ExecuteSubmission | JudgeSubmission, store: Store, settings: Settings, tenant: str) -> Admitted:
    if isinstance(sent, ExecuteSubmission):
        return Admitted(Kind.EXECUTE, admit_request(sent, settings).language.name)
    if sent.problem is not None:
        stored = find_problem(store, tenant, sent.problem)
        solution = check_allowed(sent, stored, settings)
        return Admitted(Kind.JUDGE, solution.language.name, stored.languages, stored.ref)
    job = admit_judging(sent, settings)
    return Admitted(Kind.JUDGE, job.language.name, tuple(_jury_languages(job.problem)))


def prepare_batch(
    sent: Sequence[ExecuteSubmission | JudgeSubmission], store: Store, settings: Settings, sender: Sender
) -> list[Prepared]:
    """Admit the submissions of a batch.

    Each has the batch's key with its own place, after a space, which no key has, and the fingerprint of the whole
    batch: one with more or with others is a conflict.

    Raises:
        RefusedError: a submission is wrong; it names its place in the batch.
    """
    prepared = []
    for index, each in enumerate(sent):
        try:
            prepared.append(prepare(each, store, settings, sender))
        except SubmissionError as error:
            place = ("body", "submissions", index, error.field)
            raise RefusedError(422, *place, message=str(error), kind="out_of_bounds") from error
    if sender.key is None:
        return prepared
    whole = _hash("".join(each.submission.fingerprint for each in prepared))
    return [
        replace(each, submission=replace(each.submission, key=f"{sender.key} {index}", fingerprint=f"{whole}#{index}"))
        for index, each in enumerate(prepared)
    ]


@dataclass(frozen=True, slots=True)
class Stored:
    """A submission that is in the store."""

    id: str
    state: State
    is_new: bool


def store_one(
    store: Store,
    sent: ExecuteSubmission | JudgeSubmission,
    settings: Settings,
    sender: Sender,
    quota: Quota,
    *,
    offer: Offer | None,
) -> Stored:
    """Admit and store a submission. Raises as `prepare` and `submit` do.

    Args:
        store: of submissions.
        sent: the request.
        settings: of the process.
        sender: of the request.
        quota: of what tenants store.
        offer: of this process's worker, which begins the submission as soon as it is stored; None: it is queued.
    """
    return submit(store, [prepare(sent, store, settings, sender)], settings, quota, offer)[0]


def store_batch(
    store: Store, sent: Sequence[ExecuteSubmission | JudgeSubmission], settings: Settings, sender: Sender, quota: Quota
) -> list[Stored]:
    """Admit and store the submissions of a batch, all or none. Raises as `prepare_batch` and `submit` do."""
    return submit(store, prepare_batch(sent, store, settings, sender), settings, quota)


def submit(
    store: Store, prepared: Sequence[Prepared], settings: Settings, quota: Quota, offer: Offer | None = None
) -> list[Stored]:
    """Store submissions, all or none; an offered slot begins the first. Raises as `store_all` does."""
    submitted = store_all(store, prepared, settings, quota, None if offer is None else offer.claimer)
    if offer is not None and (claim := submitted[0].claim) is not None:
        offer.accept(claim)
    return [
        Stored(
            found.id,
            State.QUEUED if found.is_new else _state(store, each.submission.tenant, found.id),
            found.is_new,
        )
        for each, found in zip(prepared, submitted, strict=True)
    ]


def check_webhook(url: str, settings: WebhookSettings) -> None:
    """Check the form of a webhook's URL. Its host's addresses are looked at when it is called: they may change.

    Raises:
        SubmissionError: it is not a URL that can be called, or nothing can be signed.
    """
    if not settings.webhook_secrets:
        raise SubmissionError("webhook", "webhook: this service sends none: ZUKO_WEBHOOK_SECRETS has no secret")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise SubmissionError("webhook", f"webhook: not a URL: {error}") from error
    if not url.isascii() or not url.isprintable() or " " in url or not host:
        raise SubmissionError("webhook", "webhook: not a URL: it needs a host, and printable ASCII without spaces")
    if parts.username is not None or parts.password is not None:
        raise SubmissionError("webhook", "webhook: a URL with a password is refused; the signature shows the sender")


def _state(store: Store, tenant: str, submission_id: str) -> State:
    stored = store.get(tenant, submission_id)
    return State.QUEUED if stored is None else stored.state  # None: it was removed a moment ago


def _jury_languages(problem: Problem) -> Iterator[str]:
    for program in (problem.checker, problem.interactor):
        if isinstance(program, CustomChecker):
            yield from (each.language for each in program.programs)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
