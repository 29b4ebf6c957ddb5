"""The routes that run a program, list the languages, and report the service's health."""

import asyncio
import contextlib
import math
import time
from functools import partial
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from zuko.api.execute_events import ExecutionEvents, begin_execution
from zuko.api.openapi import EVENTS, EXECUTE, REFUSALS
from zuko.api.request_body import BodyRoute
from zuko.api.service import CLIENT_GONE, DEADLINE, ClientGoneError, Service, ServiceNow, WhileConnected, service_of
from zuko.errors import UnknownLanguageError
from zuko.execution.admission import admit_request
from zuko.execution.conclude import unsupported
from zuko.execution.host import Probe
from zuko.execution.offer import languages_of
from zuko.execution.run import LIGHT_BYTES
from zuko.execution.submission import Submission
from zuko.types import FilterMode
from zuko.wire.execute import ExecuteRequest, ExecuteResponse
from zuko.wire.service import (
    HealthResponse,
    LanguagesResponse,
    ReadyResponse,
)

router = APIRouter()
execution_router = APIRouter(route_class=BodyRoute)

READINESS_TIMEOUT_S: Final = 3.0
READINESS_KEPT_S: Final = 0.2  # a probe's result is reused for this long: many load balancers may ask at once


@execution_router.post(
    EXECUTE,
    response_model=ExecuteResponse,
    tags=["programs"],
    summary="Run a program",
    response_description="The result; with the status `ERROR` it says nothing about the program.",
    responses={200: {"content": {EVENTS: {"schema": {"type": "string"}}}}, **REFUSALS},
)
async def execute(body: ExecuteRequest, request: Request) -> Response:
    """Run a program in a sandbox, and report what it printed, how it ended and what it cost.

    With `Accept: text/event-stream`, each part of its outputs is sent as an event `stdout` or `stderr` when it comes,
    and the response as the last event, `result`.
    """
    service = service_of(request)
    executor = service.executor
    try:
        submission = admit_request(body, executor.settings)
    except UnknownLanguageError as error:
        return service.responses.make(unsupported(error))
    del body  # the submission has its bytes, and may wait for long
    deadline = request.scope.get(DEADLINE, math.inf)
    if EVENTS in request.headers.get("accept", ""):
        return await _follow(submission, request, deadline)
    with service.active():
        try:
            with WhileConnected(request):
                execution = await executor.execute(submission, deadline=deadline)
        except ClientGoneError:
            return CLIENT_GONE
        make = partial(service.responses.make, execution)
        if len(execution.stdout) + len(execution.stderr) <= LIGHT_BYTES:
            return make()
        return await run_in_threadpool(make)  # truncating and encoding megabytes would stop the event loop


async def _follow(submission: Submission, request: Request, deadline: float) -> Response:
    """Return the events of an execution, once it has its sandbox."""
    service = service_of(request)
    with contextlib.ExitStack() as active:
        active.enter_context(service.active())
        try:
            with WhileConnected(request):
                begun = await begin_execution(service.executor, submission, deadline=deadline)
        except ClientGoneError:
            return CLIENT_GONE
        raw = submission.options.raw_output
        return ExecutionEvents(begun, service.responses, active.pop_all(), raw=raw)


@router.get(
    "/api/v1/languages",
    tags=["programs"],
    summary="The supported languages and limits",
    response_description="All languages, and the limits of a request.",
)
async def languages(service: ServiceNow) -> LanguagesResponse:
    """List the languages that a request may name, and its limits."""
    return languages_of(service.executor.settings)


@router.get("/healthz", tags=["health"], summary="Alive", response_description="The process is alive.")
async def healthz() -> HealthResponse:
    """Answer as long as the process is alive."""
    return HealthResponse(status="alive")


@router.get(
    "/readyz",
    tags=["health"],
    summary="Ready",
    response_description="The service can run programs.",
    responses={503: {"model": ReadyResponse, "description": "The service cannot run programs; `problem` says why."}},
)
async def readyz(service: ServiceNow, response: Response) -> ReadyResponse:
    """Report whether the service can run programs: 200 or 503, with the same body. A submission may have to wait."""
    now = time.monotonic()
    if service.readiness is None or (service.readiness.done() and now - service.readiness_at > READINESS_KEPT_S):
        service.readiness_at = now
        service.readiness = asyncio.create_task(run_in_threadpool(_readiness, service))
    # One probe at a time, and a load balancer's request does not wait for an engine that hangs.
    done, _ = await asyncio.wait({service.readiness}, timeout=READINESS_TIMEOUT_S)
    ready = service.readiness.result() if done else _unready(service)
    if not ready.ready:
        response.status_code = 503
    return ready


def _unready(service: Service) -> ReadyResponse:
    error = f"the Docker host has not answered for {time.monotonic() - service.readiness_at:.0f} s"
    return _describe(service, Probe(None, None, error))


def _readiness(service: Service) -> ReadyResponse:
    return _describe(service, service.executor.probe())


def _describe(service: Service, probe: Probe) -> ReadyResponse:
    executor = service.executor
    status = executor.status()
    hello = executor.hello()
    # A sandbox need not be ready now: a burst of submissions may have taken all of them, and more are starting.
    started = hello is not None or not executor.kept_languages
    serving = started and status.slots > 0 and status.last_error is None
    return ReadyResponse(
        ready=bool(probe.image_present) and serving and not status.draining,
        engine_reachable=probe.engine_version is not None,
        engine_version=probe.engine_version,
        image_present=probe.image_present,
        sandboxes_ready=status.ready,
        sandboxes_starting=status.starting,
        sandboxes_busy=status.busy,
        slots=status.slots,
        waiting=status.waiting,
        draining=status.draining,
        cgroup_version=None if hello is None else hello.cpu_source.cgroup_version,
        cpu_time_source=None if hello is None else hello.cpu_source.name.lower(),
        counts_oom_kills=None if hello is None else hello.counts_oom_kills,
        names_forbidden_syscalls=None if hello is None else hello.filter_mode is FilterMode.NOTIFY,
        isolation=None if hello is None else hello.isolation.value,
        isolation_hint=executor.host.isolation_hint(),
        problem=probe.error or status.last_error,
        store_problem=service.stores.problem,
    )
