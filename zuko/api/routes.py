"""The routes: HTTP in, the executor's answer out."""

import asyncio
import time
from functools import partial
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from zuko.api.models import (
    HealthResponse,
    LanguageResponse,
    LanguagesResponse,
    LimitsResponse,
    ReadyResponse,
)
from zuko.api.openapi import EXECUTE, REFUSALS
from zuko.api.request_body import BodyRoute
from zuko.api.service import (
    DEADLINE,
    NOBODY_READS,
    ClientGoneError,
    Service,
    ServiceNow,
    attended,
    cancelled_with_client,
    reserve,
    service_of,
)
from zuko.errors import UnknownLanguageError, ZukoError
from zuko.execution.admission import admit_request
from zuko.execution.conclude import unsupported
from zuko.execution.executor import LIGHT_BYTES, Executor
from zuko.languages.table import LANGUAGES, MIB
from zuko.types import FilterMode
from zuko.wire.execute import ExecuteRequest, ExecuteResponse

router = APIRouter()
execution_router = APIRouter(route_class=BodyRoute)

READINESS_TIMEOUT_S: Final = 3.0
READINESS_KEPT_S: Final = 0.2  # probes of many balancers are one question to the engine


@execution_router.post(
    EXECUTE,
    response_model=ExecuteResponse,
    tags=["programs"],
    summary="Run a program",
    response_description="What came of it; with the status `ERROR` nothing is said about the program.",
    responses=REFUSALS,
)
async def execute(body: ExecuteRequest, request: Request) -> Response:
    """Runs a program where it can do no harm and says what it printed, how it ended and what it cost."""
    service = service_of(request)
    executor = service.executor
    try:
        submission = admit_request(body, executor.settings)
    except UnknownLanguageError as error:
        return service.answers.make(unsupported(error))
    with service.active():
        asked_at = time.monotonic()
        try:
            reservation, sandbox = await reserve(service, submission.language, request)
        except ClientGoneError:
            return NOBODY_READS
        waited_s = time.monotonic() - asked_at
        deadline: float | None = request.scope.get(DEADLINE)
        if executor.one_at_a_time or not executor.is_light(submission, sandbox):

            def run() -> Response:
                # With the answer's making: cutting and encoding megabytes is not for the event loop.
                return service.answers.make(executor.run(submission, sandbox, deadline), sandbox_wait_s=waited_s)

            return await attended(service, request, run, lambda: executor.cancel(reservation))
        with cancelled_with_client(request, lambda: executor.cancel(reservation)):
            execution = await executor.run_async(submission, sandbox, service.threads)
        make = partial(service.answers.make, execution, sandbox_wait_s=waited_s)
        if len(execution.stdout) + len(execution.stderr) <= LIGHT_BYTES:
            return make()
        return await asyncio.get_running_loop().run_in_executor(service.threads, make)


@router.get(
    "/api/v1/languages",
    tags=["programs"],
    summary="The supported languages and limits",
    response_description="All languages, and the limits of a request.",
)
async def languages(service: ServiceNow) -> LanguagesResponse:
    """What a request may say, and how much."""
    settings = service.executor.settings
    return LanguagesResponse(
        languages=[
            LanguageResponse(
                name=language.name,
                title=language.title,
                version=language.version,
                aliases=list(language.aliases),
                compile_command=None if language.compiler is None else list(language.compiler.argv),
                run_command=list(language.command(settings.memory_bytes(language))),
                memory_mib=settings.memory_bytes(language) // MIB,
            )
            for language in LANGUAGES.values()
        ],
        limits=LimitsResponse(
            code_bytes=settings.code_limit_bytes,
            input_data_bytes=settings.input_limit_bytes,
            timeout_default_s=settings.timeout_default_s,
            timeout_max_s=settings.timeout_max_s,
            output_bytes=settings.output_limit_bytes,
            memory_mib=settings.memory_limit_mib,
            memory_max_mib=settings.memory_limit_max_mib,
            processes=settings.pids_limit,
        ),
    )


@router.get("/healthz", tags=["health"], summary="Alive", response_description="The process lives.")
async def healthz() -> HealthResponse:
    """Answers as long as the process does."""
    return HealthResponse(status="alive")


@router.get(
    "/readyz",
    tags=["health"],
    summary="Ready",
    response_description="The service can run programs.",
    responses={503: {"model": ReadyResponse, "description": "It would not; `problem` says why."}},
)
async def readyz(service: ServiceNow, response: Response) -> ReadyResponse:
    """Whether the service can run programs: 200 or 503, with the same body. A submission may still have to wait."""
    now = time.monotonic()
    if service.readiness is None or (service.readiness.done() and now - service.readiness_at > READINESS_KEPT_S):
        service.readiness_at = now
        service.readiness = asyncio.create_task(run_in_threadpool(_readiness, service))
    # One probe at a time, and no probe of a balancer waits for an engine that hangs.
    done, _ = await asyncio.wait({service.readiness}, timeout=READINESS_TIMEOUT_S)
    ready = service.readiness.result() if done else _unready(service)
    if not ready.ready:
        response.status_code = 503
    return ready


def _unready(service: Service) -> ReadyResponse:
    problem = f"the Docker host has not answered for {time.monotonic() - service.readiness_at:.0f} s"
    return _told(service.executor, None, None, problem)


def _readiness(service: Service) -> ReadyResponse:
    executor = service.executor
    engine_version, image_present, problem = None, None, None
    try:
        engine_version = executor.engine.info().version
        image_present = executor.engine.has_image(executor.first_language.image)
    except ZukoError as error:
        problem = str(error)
    return _told(executor, engine_version, image_present, problem)


def _told(
    executor: Executor, engine_version: str | None, image_present: bool | None, problem: str | None
) -> ReadyResponse:
    status = executor.status(executor.first_language)
    hello = executor.hello(executor.first_language)
    # Not "one is ready": a burst may have taken them all, and their replacements take a moment.
    started = hello is not None or not (executor.settings.ready_languages or executor.one_at_a_time)
    serving = started and status.slots > 0 and status.problem is None
    return ReadyResponse(
        ready=bool(image_present) and serving and not status.draining,
        engine_reachable=engine_version is not None,
        engine_version=engine_version,
        image_present=image_present,
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
        problem=problem or status.problem,
    )


@router.get("/", include_in_schema=False)
async def root(request: Request) -> RedirectResponse:
    """Leads to the documentation."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}/docs")
