"""The route that judges: one response at the end, or an event for each case as it ends."""

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from zuko.api.openapi import EVENTS, JUDGE, REFUSALS
from zuko.api.request_body import BodyRoute
from zuko.api.responses import FAILED, JSON, Responses, refused
from zuko.api.service import CLIENT_GONE, DEADLINE, ClientGoneError, Service, WhileConnected, service_of
from zuko.api.submitting import tenant_of
from zuko.errors import ZukoError
from zuko.execution.submission import JudgeJob
from zuko.judge.admission import admit_judging
from zuko.judge.judging import Judging
from zuko.problem import CaseResult, Judgement
from zuko.settings import Settings
from zuko.types import Execution
from zuko.wire.execute import ExecuteResponse
from zuko.wire.judge import CaseResponse, JudgeRequest, JudgeResponse
from zuko.wire.truncate import truncate_case

log = logging.getLogger(__name__)
router = APIRouter(route_class=BodyRoute)

# Neither nginx nor a cache may hold events back.
EVENT_HEADERS: Final = {"cache-control": "no-cache", "x-accel-buffering": "no"}
KEEP_ALIVE_S: Final = 15.0  # proxies cut a connection that is silent for long


@router.post(
    JUDGE,
    response_model=JudgeResponse,
    tags=["programs"],
    summary="Judge a program",
    response_description="The verdict, whatever it is, and that of each case.",
    responses={200: {"content": {EVENTS: {"schema": {"type": "string"}}}}, **REFUSALS},
)
async def judge(body: JudgeRequest, request: Request) -> Response:
    """Compile a program once, run it on every case, and report the verdict and the points of each.

    With `Accept: text/event-stream`, each case is sent as an event `case` when it ends, and the judgement as the last
    event, `judgement`.
    """
    service = service_of(request)
    executor, responses = service.executor, service.responses
    ends_at = time.monotonic() + executor.settings.judge_timeout_s
    deadline = min(ends_at, request.scope.get(DEADLINE, ends_at))
    # In a thread, because encoding tens of megabytes would stop the event loop.
    if body.problem is None:
        job, judging = await run_in_threadpool(_admit, body, executor.settings)
    else:
        job, judging = await _admit_by_problem(body, request, service)
    del body  # a second copy of all cases, which would be held for the minutes that judging may take
    respond = partial(responses.judged, compiled=job.language.compiler is not None)
    with contextlib.ExitStack() as active:
        active.enter_context(service.active())
        try:
            with WhileConnected(request):
                if EVENTS not in request.headers.get("accept", ""):
                    judgement = await executor.judge(judging, deadline=deadline)
                    return Response(await run_in_threadpool(respond, judgement), media_type=JSON)
                events = await _begin(
                    lambda put, started: executor.judge(judging, deadline=deadline, on_result=put, on_start=started)
                )
        except ClientGoneError:
            return CLIENT_GONE
        return _Events(events, responses, respond, active.pop_all(), scored=job.problem.scored)


def _admit(body: JudgeRequest, settings: Settings) -> tuple[JudgeJob, Judging]:
    """Admit a request.

    Raises:
        SubmissionError: naming the field and its limit.
    """
    job = admit_judging(body, settings)
    return job, Judging(job, settings)


async def _admit_by_problem(body: JudgeRequest, request: Request, service: Service) -> tuple[JudgeJob, Judging]:
    """Admit a request that names a stored problem.

    Raises:
        SubmissionError: naming the field and its limit.
        ProblemError: the problem is not within the limits of this service.
        StoreError: the store does not answer.
    """
    tenant = tenant_of(request, service.executor.settings)
    await service.stores.opened()

    def admit() -> tuple[JudgeJob, Judging]:
        job = service.problems.admit(body, tenant)
        return job, Judging(job, service.executor.settings)

    return await service.in_store(admit)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A judging that goes on: the results that have not been sent, and its task."""

    ended: asyncio.Queue[CaseResult]
    working: asyncio.Task[Judgement]


async def _begin(
    judge: Callable[[Callable[[CaseResult], None], Callable[[], None]], Coroutine[Any, Any, Judgement]],
) -> _Begun:
    """Begin a judging, and wait until it has its sandbox: only then is the response's status known.

    Raises:
        UnavailableError: it got none.
    """
    ended: asyncio.Queue[CaseResult] = asyncio.Queue()
    started = asyncio.Event()
    working = asyncio.create_task(judge(ended.put_nowait, started.set))
    working.add_done_callback(lambda done: done.cancelled() or done.exception())  # it may fail when no one looks
    waiting = asyncio.create_task(started.wait())
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not started.is_set():
            working.result()  # raises why it did not begin
    except BaseException:
        working.cancel()
        await asyncio.wait({working})
        raise
    finally:
        waiting.cancel()
    return _Begun(ended, working)


class _Events(EventSourceResponse):
    """The cases as they end, then the whole. A client that disconnects ends the judging.

    Args:
        begun: the judging.
        responses: limits of what is sent.
        respond: makes the judgement's JSON.
        active: closed when the last event is sent.
        scored: whether cases have points.
    """

    def __init__(
        self,
        begun: _Begun,
        responses: Responses,
        respond: Callable[..., str],
        active: contextlib.ExitStack,
        *,
        scored: bool,
    ) -> None:
        super().__init__(self._events(), headers=EVENT_HEADERS)
        self._ended, self._working = begun.ended, begun.working
        self._responses = responses
        self._respond = respond
        self._active = active
        self._scored = scored

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the response (ASGI)."""
        with self._active:
            try:
                await super().__call__(scope, receive, send)
            finally:
                self._working.cancel()
                await asyncio.wait({self._working})

    async def _events(self) -> AsyncIterator[bytes]:
        # Where all events are one response, those of the cases may have half of it.
        half = None if self._responses.streams else self._responses.limit_bytes // 2
        left: float = math.inf if half is None else half
        try:
            while True:
                match await self._next():
                    case None:
                        yield format_sse_event(comment="still judging")
                    case CaseResult() as result:
                        response = CaseResponse.from_result(result, scored=self._scored)
                        case = truncate_case(response, left, self._responses.document_size)
                        left -= self._responses.document_size(case)
                        yield format_sse_event(data_str=case, event="case")
                    case Judgement() as judgement:
                        document = self._respond(judgement, limit_bytes=half)
                        yield format_sse_event(data_str=document, event="judgement")
                        return
        except ZukoError as error:  # the status is sent: the failure can only be an event
            message = f"the submission could not be judged now, send it again: {error}"
            yield self._failure(replace(refused(error), message=message))
        except Exception:
            log.exception("a submission could not be judged")
            yield self._failure(FAILED)

    async def _next(self) -> CaseResult | Judgement | None:
        """Return what ended next; None: nothing for a while."""
        if self._ended.empty() and not self._working.done():
            ended = asyncio.ensure_future(self._ended.get())
            either: set[asyncio.Future[Any]] = {ended, self._working}
            try:
                await asyncio.wait(either, timeout=KEEP_ALIVE_S, return_when=asyncio.FIRST_COMPLETED)
                if ended.done():
                    return ended.result()
            finally:
                ended.cancel()
        if not self._ended.empty():
            return self._ended.get_nowait()
        return self._working.result() if self._working.done() else None

    def _failure(self, execution: Execution) -> bytes:
        self._responses.observe(execution)
        return format_sse_event(data_str=ExecuteResponse.from_execution(execution).to_json(), event="error")
