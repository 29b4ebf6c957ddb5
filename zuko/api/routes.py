"""The routes: HTTP in, the executor's answer out."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from zuko.api.answers import JSON, Answers
from zuko.api.models import (
    ExecuteAnswer,
    ExecuteRequest,
    HealthAnswer,
    LanguageAnswer,
    LanguagesAnswer,
    LimitsAnswer,
    Problems,
    ReadyAnswer,
)
from zuko.conclude import unsupported
from zuko.errors import ZukoError
from zuko.executor import Executor
from zuko.languages import LANGUAGES, MIB, PYTHON, find_language
from zuko.pool import Reservation
from zuko.sandbox import Sandbox
from zuko.types import FilterMode, Submission

router = APIRouter()
_NOBODY_READS: Final = Response(status_code=499)  # nginx's number for a client that is gone; only the log sees it

WATCH_AFTER_S: Final = 0.1
PROBLEMS_SHOWN: Final = 20
READINESS_TIMEOUT_S: Final = 3.0
READINESS_KEPT_S: Final = 0.2  # probes of many balancers are one question to the engine
DEADLINE: Final = "zuko.deadline"  # in a request's scope, on the monotonic clock: by then there is to be an answer


class ClientGoneError(Exception):
    """The client has disconnected: whatever is answered, nobody reads it."""


class Service:
    """What the routes need, made when the app starts: the executor, its answers, and threads for the runs."""

    def __init__(self, executor: Executor, answers: Answers, threads: int) -> None:
        self.executor = executor
        self.answers = answers
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix="zuko-run")
        self.readiness: asyncio.Task[ReadyAnswer] | None = None  # the newest probe
        self.readiness_at = 0.0  # when it began
        self._active = 0  # submissions between their arrival and their answer
        self._idle = asyncio.Event()
        self._idle.set()

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """Counts a submission as running for as long as the block lasts."""
        self._active += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._active -= 1
            if self._active == 0:
                self._idle.set()

    def running(self) -> int:
        """How many programs run at this moment."""
        return self.executor.status().busy

    async def idle(self) -> None:
        """Waits until no submission is running."""
        await self._idle.wait()


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


ServiceNow = Annotated[Service, Depends(_service)]


class ExecuteRoute(APIRoute):
    """The one hot route. FastAPI describes it; its body goes from bytes to the model in one step, without the
    framework's dependency machinery, which took a sixth of the time that an answer takes beside its program."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's hook for what serves a route."""

        async def handle(request: Request) -> Response:
            # A page of another site can make a browser send text/plain here, but not JSON without asking first.
            if not _is_json(request.headers.get("content-type", "")):
                raise RequestValidationError(
                    [{"loc": ("header", "content-type"), "msg": f"must be {JSON}, in UTF-8", "type": "content_type"}]
                )
            try:
                body = ExecuteRequest.model_validate_json(await request.body())
            except ClientDisconnect:
                return _NOBODY_READS
            except ValidationError as error:
                raise RequestValidationError(_problems(error)) from error
            return await execute(body, request)

        return handle


def _is_json(content_type: str) -> bool:
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = {each.partition("=")[2].strip('"') for each in parameters if each.startswith("charset=")}
    return kind == JSON and charsets <= {"utf-8", "utf8"}


def _problems(error: ValidationError) -> list[dict[str, Any]]:
    if error.error_count() > PROBLEMS_SHOWN:  # a body of a million unknown fields would take a minute to answer
        message = f"{error.error_count()} things are wrong, the first {PROBLEMS_SHOWN} would be no help"
        return [{"loc": ("body",), "msg": message, "type": "too_many_problems"}]
    return [{**problem, "loc": ("body", *problem["loc"])} for problem in error.errors(include_url=False)]


execution_router = APIRouter(route_class=ExecuteRoute)


@execution_router.post(
    "/api/v1/execute",
    response_model=ExecuteAnswer,
    summary="Run a program",
    responses={
        408: {"model": Problems, "description": "The body did not come in time."},
        413: {"model": Problems, "description": "The body is larger than the service reads."},
        422: {
            "model": Problems,
            "description": "A field is missing, of the wrong type or out of its bounds.",
        },
        500: {"model": ExecuteAnswer, "description": "An error of ours; the server's log has it."},
        503: {"model": ExecuteAnswer, "description": "Not run; Retry-After says when to try again."},
    },
)
async def execute(body: ExecuteRequest, request: Request) -> Response:
    """Runs a program where it can do no harm and says what it printed, how it ended and what it cost."""
    service = _service(request)
    executor = service.executor
    submission = body.to_submission(executor.settings.timeout_default_s, executor.settings.timeout_max_s)
    if find_language(submission.language) is None:
        return service.answers.make(unsupported(submission.language))
    executor.check(submission)
    with service.active():
        try:
            return await _run(service, submission, request)
        except ClientGoneError:
            return _NOBODY_READS


async def _run(service: Service, submission: Submission, request: Request) -> Response:
    """Waits for a sandbox without holding a thread, then runs in one. Who disconnects gives up either at once."""
    executor = service.executor
    deadline: float | None = request.scope.get(DEADLINE)
    asked_at = time.monotonic()
    reservation = executor.reserve(submission)
    try:
        sandbox = (
            reservation.result() if reservation.done() else await _served(service, submission, reservation, request)
        )
    except BaseException:
        executor.abandon(reservation)
        raise
    waited_s = time.monotonic() - asked_at
    loop = asyncio.get_running_loop()
    watching: list[asyncio.Task[None]] = []

    def run() -> Response:
        # With the answer's making: cutting and encoding megabytes is not for the event loop.
        return service.answers.make(executor.run(submission, sandbox, deadline), sandbox_wait_s=waited_s)

    async def watch() -> None:
        await _disconnected(request)
        executor.cancel(reservation)

    if executor.one_at_a_time:  # nobody else waits for this thread, and Lambda tells of no disconnect
        return run()
    # Most programs end sooner than it takes to watch for their client.
    later = loop.call_later(WATCH_AFTER_S, lambda: watching.append(loop.create_task(watch())))
    try:
        # Shielded: a run that was cancelled before its thread took it up would never give its sandbox back.
        return await asyncio.shield(loop.run_in_executor(service.threads, run))
    except asyncio.CancelledError:
        executor.cancel(reservation)
        raise
    finally:
        later.cancel()
        for task in watching:
            task.cancel()


async def _served(service: Service, submission: Submission, reservation: Reservation, request: Request) -> Sandbox:
    """The reserved sandbox, when its turn comes.

    Raises:
        UnavailableError: it did not come in time.
        ClientGoneError: nobody waits for it any more.
    """
    timeout_s = service.executor.settings.queue_timeout_s
    if DEADLINE in request.scope:
        timeout_s = min(timeout_s, max(request.scope[DEADLINE] - time.monotonic(), 0))
    sandbox = asyncio.wrap_future(reservation)
    sandbox.add_done_callback(lambda done: done.cancelled() or done.exception())  # it may fail when nobody looks
    gone = asyncio.create_task(_disconnected(request))
    try:
        either: set[asyncio.Future[Any]] = {sandbox, gone}
        done, _ = await asyncio.wait(either, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
    if sandbox in done:
        return sandbox.result()
    if gone in done:
        raise ClientGoneError
    raise service.executor.waited_too_long(submission, timeout_s)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


@router.get("/api/v1/languages", summary="The supported languages and limits")
async def languages(service: ServiceNow) -> LanguagesAnswer:
    """What a request may say, and how much."""
    settings = service.executor.settings
    return LanguagesAnswer(
        languages=[
            LanguageAnswer(
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
        limits=LimitsAnswer(
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


@router.get("/healthz", summary="Alive")
async def healthz() -> HealthAnswer:
    """Answers as long as the process does."""
    return HealthAnswer(status="alive")


@router.get("/readyz", summary="Ready", responses={503: {"model": ReadyAnswer}})
async def readyz(service: ServiceNow, response: Response) -> ReadyAnswer:
    """Whether submissions would be run now: 200 or 503, with the same body."""
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


def _unready(service: Service) -> ReadyAnswer:
    problem = f"the Docker host has not answered for {time.monotonic() - service.readiness_at:.0f} s"
    return _told(service.executor, None, None, problem)


def _readiness(service: Service) -> ReadyAnswer:
    executor = service.executor
    engine_version, image_present, problem = None, None, None
    try:
        engine_version = executor.engine.info().version
        image_present = executor.engine.has_image(PYTHON.image)
    except ZukoError as error:
        problem = str(error)
    return _told(executor, engine_version, image_present, problem)


def _told(
    executor: Executor, engine_version: str | None, image_present: bool | None, problem: str | None
) -> ReadyAnswer:
    status = executor.status()
    hello = executor.hello()
    # Not "one is ready": a burst may have taken them all, and their replacements take a moment.
    serving = hello is not None and status.problem is None
    return ReadyAnswer(
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
