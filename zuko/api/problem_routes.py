"""The routes of stored problems: packages that are kept, in versions, and judged by."""

import time
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.requests import ClientDisconnect

from zuko.api.errors import RefusedError
from zuko.api.openapi import MISSING, PROBLEMS, READ_REFUSALS, REFUSALS
from zuko.api.paths import from_outside
from zuko.api.reading import PAUSE_MAX_S, PAUSE_MIN_S
from zuko.api.responses import JSON
from zuko.api.service import (
    CLIENT_GONE,
    ClientGoneError,
    Service,
    ServiceNow,
    StoreNow,
    WhileConnected,
    service_of,
)
from zuko.api.submitting import TenantNow, trace_of
from zuko.errors import MissingProblemError
from zuko.submissions.model import StoredProblem
from zuko.submissions.packing import Details
from zuko.submissions.problems import find_problem
from zuko.submissions.store import Store
from zuko.wire.judge import PROBLEM_NAME_PATTERN, PROBLEM_PATTERN
from zuko.wire.problems import ProblemResponse, ProblemsResponse, VerificationResponse
from zuko.wire.service import FieldErrors

router = APIRouter(tags=["problems"])

WAIT_MAX_S: Final = 60

Name = Annotated[str, Path(pattern=f"^{PROBLEM_NAME_PATTERN}$", description="of the problem")]
Named = Annotated[str, Path(pattern=PROBLEM_PATTERN, description="name of the problem, or name@version")]

_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_PACKAGE: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {"application/zip": _BINARY, "application/x-tar": _BINARY}}
}
_WRONG_PACKAGE: Final[dict[int | str, dict[str, Any]]] = {
    422: {"model": FieldErrors, "description": "The archive or the package is wrong; `loc` and `msg` name the place."}
}
_AT: Final[dict[str, Any]] = {"Location": {"description": "path of what was made", "schema": {"type": "string"}}}


@router.put(
    f"{PROBLEMS}/{{name}}",
    status_code=201,
    response_model=ProblemResponse,
    summary="Store a problem package",
    response_description="A new version of the problem.",
    responses={
        200: {"model": ProblemResponse, "description": "The newest version has the same files; nothing was stored."},
        201: {"headers": _AT},
        **REFUSALS,
        **_WRONG_PACKAGE,
    },
    openapi_extra=_PACKAGE,
)
async def put_problem(
    name: Name, request: Request, service: ServiceNow, store: StoreNow, tenant: TenantNow
) -> Response:
    """Check a problem package, a zip or tar archive, and store it; a file is stored once, by its hash."""
    with service.active():
        try:
            async with service.uploads.received(request) as file:
                stored, is_new = await service.uploads.store(file, store, tenant=tenant, name=name)
        except ClientDisconnect:
            return CLIENT_GONE
        headers = {"location": from_outside(request.scope, f"{PROBLEMS}/{stored.ref}")} if is_new else None
        return Response(_response(stored).model_dump_json(), 201 if is_new else 200, headers, JSON)


@router.get(
    PROBLEMS,
    summary="List problems",
    response_description="The newest version of each, by name.",
    responses=READ_REFUSALS,
)
async def list_problems(service: ServiceNow, store: StoreNow, tenant: TenantNow) -> ProblemsResponse:
    """List your problems."""
    found = await service.in_store(store.list_problems, tenant)
    return ProblemsResponse(problems=[_response(problem) for problem in found])


@router.get(
    f"{PROBLEMS}/{{name}}",
    summary="A problem",
    response_description="The version that was asked for, or the newest one.",
    responses={**MISSING, **READ_REFUSALS},
)
async def get_problem(name: Named, service: ServiceNow, store: StoreNow, tenant: TenantNow) -> ProblemResponse:
    """Return a version of a problem."""
    return _response(await _find(service, store, tenant, name))


@router.get(
    f"{PROBLEMS}/{{name}}/versions",
    summary="The versions of a problem",
    response_description="The newest first.",
    responses={**MISSING, **READ_REFUSALS},
)
async def get_versions(name: Name, service: ServiceNow, store: StoreNow, tenant: TenantNow) -> ProblemsResponse:
    """List the versions of a problem."""
    found = await service.in_store(store.problem_versions, tenant, name)
    if not found:
        raise _missing(name)
    return ProblemsResponse(problems=[_response(problem) for problem in found])


@router.delete(
    f"{PROBLEMS}/{{name}}",
    status_code=204,
    summary="Delete a problem",
    response_description="All its versions are deleted; its submissions stay.",
    responses={**MISSING, **READ_REFUSALS},
)
async def delete_problem(name: Name, service: ServiceNow, store: StoreNow, tenant: TenantNow) -> Response:
    """Delete all versions of a problem; submissions that are queued for it will fail."""
    with service.active():
        if not await service.in_store(store.delete_problem, tenant, name):
            raise _missing(name)
        return Response(status_code=204)


@router.post(
    f"{PROBLEMS}/{{name}}/verify",
    status_code=202,
    response_model=VerificationResponse,
    summary="Verify a problem",
    response_description="Its own submissions are queued.",
    responses={202: {"headers": _AT}, **MISSING, **READ_REFUSALS},
)
async def verify(name: Named, request: Request, service: ServiceNow, store: StoreNow, tenant: TenantNow) -> Response:
    """Judge a problem's own submissions on all cases, as stored ones, and compare the results with its claims."""
    with service.active():
        await service.check_budget()
        stored = await _find(service, store, tenant, name)
        verification_id = await service.in_bulk(service.verifications.begin, store, stored, trace_of(request))
        found = await _read(request, store, tenant, stored.ref.name, verification_id)
        return Response(found.model_dump_json(), 202, {"location": found.url}, JSON)


@router.get(
    f"{PROBLEMS}/{{name}}/verifications/{{id}}",
    response_model=VerificationResponse,
    summary="A verification",
    response_description="The claims that hold so far, or in the end.",
    responses={**MISSING, **READ_REFUSALS},
)
async def get_verification(
    name: Name,
    id: Annotated[str, Path(max_length=64, description="of the verification")],
    request: Request,
    *,
    service: ServiceNow,
    store: StoreNow,
    tenant: TenantNow,
    wait: Annotated[
        float, Query(ge=0, le=WAIT_MAX_S, description="respond when it is done, or after this time, s")
    ] = 0,
) -> Response:
    """Return a verification, at once or when it is done."""
    until = time.monotonic() + wait
    with service.active():
        try:
            with WhileConnected(request):
                found = await _read(request, store, tenant, name, id)
                pause_s = PAUSE_MIN_S
                while found.state == "running" and not service.is_draining:
                    left_s = until - time.monotonic()
                    if left_s <= 0:
                        break
                    with store.bell.listening(*service.verifications.topics(found)) as wakeup:
                        await wakeup.wait(min(pause_s, left_s))
                    pause_s = min(pause_s * 2, PAUSE_MAX_S)
                    found = await _read(request, store, tenant, name, id)
        except ClientGoneError:
            return CLIENT_GONE
        return Response(found.model_dump_json(), media_type=JSON)


async def _find(service: Service, store: Store, tenant: str, named: str) -> StoredProblem:
    try:
        return await service.in_store(find_problem, store, tenant, named)
    except MissingProblemError:
        raise _missing(named) from None


async def _read(request: Request, store: Store, tenant: str, name: str, verification_id: str) -> VerificationResponse:
    service = service_of(request)
    try:
        found = await service.in_bulk(service.verifications.read, store, tenant, name, verification_id)
    except MissingProblemError:
        raise _missing(name) from None
    if found is None:
        message = f"there is no verification {verification_id[:64]!r} of {name!r}"
        raise RefusedError(404, "path", "id", message=message, kind="not_found")
    path = f"{PROBLEMS}/{name}/verifications/{verification_id}"
    return found.model_copy(update={"url": from_outside(request.scope, path)})


def _missing(named: str) -> RefusedError:
    return RefusedError(404, "path", "name", message=f"there is no problem {named!r}", kind="not_found")


def _response(problem: StoredProblem) -> ProblemResponse:
    details = Details.of(problem)
    return ProblemResponse(
        name=problem.ref.name,
        version=problem.ref.version,
        title=problem.title,
        format=problem.format,
        cases=problem.cases,
        time_limit_ms=details.time_limit_ms,
        memory_limit_kb=details.memory_bytes // 1024,
        scored=details.scored,
        interactive=details.interactive,
        jury_languages=list(problem.languages),
        allowed_languages=None if details.languages is None else list(details.languages),
        code_limit_bytes=details.code_bytes,
        submissions=details.submissions,
        size_bytes=problem.size_bytes,
        notes=list(problem.notes),
        created_at=datetime.fromtimestamp(problem.created_at, UTC),
    )
