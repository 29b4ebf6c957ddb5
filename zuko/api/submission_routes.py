"""The routes of stored submissions: stored now, run or judged by a worker, and read by anyone who has the id."""

import contextlib
import json
import math
import re
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Header, Path, Query, Request, Response

from zuko.api.direct import Handler
from zuko.api.errors import RefusedError
from zuko.api.openapi import (
    BATCH,
    CONFLICT,
    EVENTS,
    IDEMPOTENCY_KEY,
    LOCATION,
    MISSING,
    QUEUE,
    READ_REFUSALS,
    REFUSALS,
    REJUDGE,
    SUBMISSION,
    SUBMISSIONS,
)
from zuko.api.paths import from_outside
from zuko.api.reading import Reader
from zuko.api.request_body import BodyRoute
from zuko.api.responses import JSON
from zuko.api.service import (
    CLIENT_GONE,
    DEADLINE,
    ClientGoneError,
    ServiceNow,
    StoreNow,
    WhileConnected,
    service_of,
    store_of,
)
from zuko.api.submission_actions import attempts_json, delete, queue, rejudge_many, rejudge_one, request_json, resend
from zuko.api.submission_events import NO_MORE, START, SubmissionEvents, position_of
from zuko.api.submission_queries import ListQuery, missing
from zuko.api.submitting import Sender, Stored, TenantNow, store_batch, store_one, tenant_now, tenant_of
from zuko.submissions.documents import submission_json
from zuko.wire.judge import PROBLEM_VERSION_MAX
from zuko.wire.submissions import (
    AttemptsResponse,
    BatchRequest,
    BatchResponse,
    QueueResponse,
    RejudgeRequest,
    RejudgeResponse,
    StateResponse,
    SubmissionBody,
    SubmissionResponse,
    SubmissionsResponse,
    SubmittedResponse,
    WebhookResponse,
)

router = APIRouter(tags=["submissions"])
sending_router = APIRouter(tags=["submissions"], route_class=BodyRoute)

WAIT_MAX_S: Final = 60
_PLAIN_WAIT: Final = re.compile(rb"(?:wait=(?P<seconds>[1-5]?[0-9]))?")

Id = Annotated[str, Path(description="of the submission")]


@sending_router.post(
    SUBMISSIONS,
    status_code=202,
    response_model=SubmittedResponse,
    summary="Store a submission",
    response_description="It is on disk, and will be run or judged even if every process ends now.",
    responses={**LOCATION, **CONFLICT, **REFUSALS},
    openapi_extra=IDEMPOTENCY_KEY,
)
async def submit(body: SubmissionBody, request: Request) -> Response:
    """Store a program to run, as `/execute` takes it, or to judge, as `/judge` takes it, and respond at once."""
    service = service_of(request)
    with service.active():
        await service.check_budget()
        store, settings = await store_of(request), service.executor.settings
        sender = Sender.of(request, settings)
        with service.station.offering() as offer:
            stored = await service.in_store(store_one, store, body.root, settings, sender, service.quota, offer=offer)
        return _accepted(_submitted(request, stored), [stored], location=_path(request, stored.id))


@sending_router.post(
    BATCH,
    status_code=202,
    response_model=BatchResponse,
    summary="Store several submissions",
    response_description="All are on disk.",
    responses={**CONFLICT, **REFUSALS},
    openapi_extra=IDEMPOTENCY_KEY,
)
async def submit_batch(body: BatchRequest, request: Request) -> Response:
    """Store submissions, all of them or none."""
    service = service_of(request)
    with service.active():
        await service.check_budget()
        store, settings = await store_of(request), service.executor.settings
        stored = await service.in_store(
            store_batch, store, body.submissions, settings, Sender.of(request, settings), service.quota
        )
        return _accepted({"submissions": [_submitted(request, each) for each in stored]}, stored)


@sending_router.post(
    REJUDGE,
    status_code=202,
    response_model=RejudgeResponse,
    summary="Judge several submissions again",
    response_description="These are queued again.",
    responses={**MISSING, **REFUSALS},
)
async def rejudge_all(body: RejudgeRequest, request: Request) -> Response:
    """Queue ended submissions again, those that fit every field; their former attempts are kept."""
    service = service_of(request)
    with service.active():
        await service.check_budget()
        store, tenant = await store_of(request), await tenant_now(request)
        queued = await service.in_store(rejudge_many, store, tenant, body, service.executor.settings)
        return _json({"queued": queued}, 202)


@router.get(
    SUBMISSIONS,
    response_model=SubmissionsResponse,
    summary="List submissions",
    response_description="A page, the newest first, without results.",
    responses=READ_REFUSALS,
)
async def list_submissions(
    query: Annotated[ListQuery, Query()], service: ServiceNow, store: StoreNow, tenant: TenantNow
) -> Response:
    """List your submissions, those that fit every parameter."""
    page = await service.in_store(store.list, tenant, query.to_filter(), limit=query.limit, cursor=query.cursor)
    submissions = ",".join(map(submission_json, page.submissions))
    return Response(f'{{"submissions":[{submissions}],"next":{json.dumps(page.next)}}}', media_type=JSON)


@router.get(
    SUBMISSION,
    response_model=SubmissionResponse,
    summary="A submission",
    response_description="The submission, with its result once it is done.",
    responses={**MISSING, **READ_REFUSALS},
)
async def get_submission(
    id: Id,
    request: Request,
    *,
    service: ServiceNow,
    store: StoreNow,
    tenant: TenantNow,
    wait: Annotated[
        float, Query(ge=0, le=WAIT_MAX_S, description="respond when it has ended, or after this time, s")
    ] = 0,
) -> Response:
    """Return a submission, at once or when it has ended."""
    reader = Reader(service, store, tenant, id, request.scope.get(DEADLINE, math.inf))
    with service.active():
        try:
            with WhileConnected(request):
                stored = await reader.ended(wait) if wait else await reader.get()
        except ClientGoneError:
            return CLIENT_GONE
        if stored is None:
            raise missing(id)
        return Response(await reader.document(stored), media_type=JSON)


def read_handler(path: str, query: bytes) -> Handler | None:
    """Return what serves a GET as `get_submission` does, if it is one without anything that needs to be checked."""
    start, _, submission_id = path.rpartition("/")
    plain = _PLAIN_WAIT.fullmatch(query)
    if start != SUBMISSIONS or not submission_id or plain is None:
        return None

    async def handle(request: Request) -> Response:
        service, store, tenant = service_of(request), await store_of(request), await tenant_now(request)
        wait = int(plain["seconds"] or 0)
        return await get_submission(submission_id, request, service=service, store=store, tenant=tenant, wait=wait)

    return handle


@router.get(
    f"{SUBMISSION}/events",
    response_class=Response,
    summary="Follow a submission",
    response_description="Events `attempt` and `case` as they come, then `submission` with the whole.",
    responses={
        200: {"content": {EVENTS: {"schema": {"type": "string"}}}},
        204: {"description": "The last event was received before: there is nothing more."},
        **MISSING,
        **READ_REFUSALS,
    },
)
async def get_events(
    id: Id,
    request: Request,
    *,
    service: ServiceNow,
    store: StoreNow,
    tenant: TenantNow,
    last_event_id: Annotated[
        str | None, Header(description="id of the last event that was received: it goes on after that one")
    ] = None,
) -> Response:
    """Send each case as it ends, and the submission when it has ended; a broken stream can be resumed."""
    position = position_of(last_event_id)
    reader = Reader(service, store, tenant, id, request.scope.get(DEADLINE, math.inf))
    with contextlib.ExitStack() as active:
        active.enter_context(service.active())
        stored = await reader.get()
        if stored is None:
            raise missing(id)
        if position[0] > stored.attempt:  # it is of another submission: no attempt would ever come after it
            position = START
        if stored.state.is_final and position == (stored.attempt, NO_MORE):
            return Response(status_code=204)
        return SubmissionEvents(reader, position, active.pop_all())


@router.delete(
    SUBMISSION,
    status_code=202,
    response_model=StateResponse,
    summary="Cancel or remove a submission",
    response_description="It was queued or running, and is cancelled.",
    responses={204: {"description": "It had ended, and is removed."}, **MISSING, **CONFLICT, **READ_REFUSALS},
)
async def delete_submission(
    id: Id,
    service: ServiceNow,
    store: StoreNow,
    tenant: TenantNow,
    only: Annotated[
        Literal["cancel", "remove"] | None,
        Query(description="do only this: 409 if it has ended, or has not; absent: what its state allows"),
    ] = None,
) -> Response:
    """Cancel a submission that has not ended; remove one that has, with all its attempts."""
    with service.active():
        state = await service.in_store(delete, store, tenant, id, only)
        return Response(status_code=204) if state is None else _json({"id": id, "state": state}, 202)


@router.post(
    f"{SUBMISSION}/rejudge",
    status_code=202,
    response_model=RejudgeResponse,
    summary="Judge a submission again",
    response_description="It is queued again.",
    responses={**MISSING, **CONFLICT, **READ_REFUSALS},
)
async def rejudge(
    id: Id,
    service: ServiceNow,
    store: StoreNow,
    tenant: TenantNow,
    judge_by: Annotated[
        int | None,
        Query(
            ge=1,
            le=PROBLEM_VERSION_MAX,
            description="version of its stored problem to judge by; absent: the newest one",
        ),
    ] = None,
) -> Response:
    """Queue a submission that has ended again, as a new attempt; the former ones are kept."""
    with service.active():
        await service.check_budget()
        queued = await service.in_store(rejudge_one, store, tenant, id, judge_by, service.executor.settings)
        return _json({"queued": queued}, 202)


@router.get(
    f"{SUBMISSION}/attempts",
    response_model=AttemptsResponse,
    summary="The attempts of a submission",
    response_description="Those that have ended, the oldest first.",
    responses={**MISSING, **READ_REFUSALS},
)
async def get_attempts(id: Id, service: ServiceNow, store: StoreNow, tenant: TenantNow) -> Response:
    """List the attempts of a submission; where all results are too large for a response, the oldest have none."""
    document = await service.in_store(attempts_json, store, tenant, id, service.responses)
    return Response(document, media_type=JSON)


@router.get(
    f"{SUBMISSION}/request",
    response_model=SubmissionBody,
    summary="The request of a submission",
    response_description="What was sent; it can be sent again.",
    responses={**MISSING, **READ_REFUSALS},
)
async def get_request(id: Id, service: ServiceNow, store: StoreNow, tenant: TenantNow) -> Response:
    """Return the body that the submission was sent with."""
    document = await service.in_bulk(request_json, store, tenant, id, service.responses)
    return service.large(Response(document, media_type=JSON))


@router.post(
    f"{SUBMISSION}/webhook",
    status_code=202,
    response_model=WebhookResponse,
    summary="Send a webhook again",
    response_description="It is due now.",
    responses={**MISSING, **CONFLICT, **READ_REFUSALS},
)
async def resend_webhook(id: Id, service: ServiceNow, store: StoreNow, tenant: TenantNow) -> Response:
    """Send the webhook of a submission that has ended again, delivered or not."""
    with service.active():
        return _json((await service.in_store(resend, store, tenant, id)).model_dump(mode="json"), 202)


@router.get(
    QUEUE,
    response_model=QueueResponse,
    summary="The queue and its workers",
    response_description="The queue at this moment.",
    responses=READ_REFUSALS,
)
async def get_queue(request: Request, service: ServiceNow, store: StoreNow) -> Response:
    """Report how much is queued, for how long, and who works on it."""
    settings = service.executor.settings
    try:
        tenant = tenant_of(request, settings) or None
    except RefusedError:  # of no tenant: it gets what all may know
        tenant = None
    return _json((await service.in_store(queue, store, tenant, service.depths)).model_dump(mode="json"), 200)


def _path(request: Request, submission_id: str) -> str:
    return from_outside(request.scope, f"{SUBMISSIONS}/{submission_id}")


def _submitted(request: Request, stored: Stored) -> dict[str, Any]:
    return {"id": stored.id, "state": stored.state, "url": _path(request, stored.id)}


def _accepted(content: object, stored: Sequence[Stored], location: str | None = None) -> Response:
    response = _json(content, 202)
    if location is not None:
        response.headers["location"] = location
    if not any(each.is_new for each in stored):
        response.headers["idempotency-replayed"] = "true"
    return response


def _json(content: object, status_code: int) -> Response:
    return Response(json.dumps(content, ensure_ascii=False, separators=(",", ":")), status_code, media_type=JSON)
