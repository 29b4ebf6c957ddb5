"""The route that judges: one answer at the end, or an event for each case as it ends."""

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from zuko.api.openapi import JUDGE, REFUSALS
from zuko.api.request_body import BodyRoute
from zuko.api.responses import FAILED, JSON, refused
from zuko.api.service import DEADLINE, NOBODY_READS, ClientGoneError, Service, attended, reserve, service_of
from zuko.api.truncate import fit_case
from zuko.errors import ZukoError
from zuko.execution.executor import Executor
from zuko.judge.admission import admit_judging
from zuko.judge.judging import Judging
from zuko.languages.table import Language
from zuko.problem import CaseResult, Judgement
from zuko.sandbox.sandbox import Sandbox
from zuko.types import Execution
from zuko.wire.execute import ExecuteResponse
from zuko.wire.judge import CaseResponse, JudgeRequest, JudgeResponse

log = logging.getLogger(__name__)
router = APIRouter(route_class=BodyRoute)

EVENTS: Final = "text/event-stream"
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
    """Compiles a program once, runs every case afresh, and says what is right, and how many points that is.

    With `Accept: text/event-stream` each case comes as an event `case` when it ends, and then `judgement`.
    """
    service = service_of(request)
    ends_at = time.monotonic() + service.executor.settings.judge_timeout_s
    deadline = min(ends_at, request.scope.get(DEADLINE, ends_at))
    # In a thread: to encode tens of megabytes takes a while, and the loop has others to serve.
    language, judging = await run_in_threadpool(_to_judging, body, service.executor, deadline)
    del body  # it is as large again, and judging takes minutes
    with contextlib.ExitStack() as active:
        active.enter_context(service.active())
        asked_at = time.monotonic()
        try:
            _, sandbox = await reserve(service, language, request)
        except ClientGoneError:
            return NOBODY_READS
        answer = partial(
            service.answers.judged,
            compiled=language.compiler is not None,
            sandbox_wait_s=time.monotonic() - asked_at,
        )
        if EVENTS in request.headers.get("accept", ""):
            return _Events(service, judging, sandbox, answer, active.pop_all())
        document = await attended(service, request, lambda: answer(judging.judge(sandbox)), judging.cancel)
        return Response(document, media_type=JSON)


def _to_judging(body: JudgeRequest, executor: Executor, deadline: float) -> tuple[Language, Judging]:
    """What is asked for, checked.

    Raises:
        SubmissionError: naming the field and its limit.
    """
    job = admit_judging(body, executor.settings)
    judging = Judging(executor, job.language, job.files, job.problem, workers=job.workers, deadline=deadline)
    return job.language, judging


class _Events(EventSourceResponse):
    """The cases as they end, then the whole. A client that goes ends the judging.

    The work begins here and not with the first event: a client that has gone by then would leave a sandbox behind that
    nobody gives back.
    """

    def __init__(
        self,
        service: Service,
        judging: Judging,
        sandbox: Sandbox,
        answer: Callable[..., str],
        active: contextlib.ExitStack,
    ) -> None:
        super().__init__(self._events())
        self._answers = service.answers
        # All events are one answer of a function: those of the cases may have half of it.
        self._is_one_answer = service.executor.one_at_a_time
        self._answer = answer
        self._active = active  # closed when the last event is sent
        self._judging = judging
        self._ended: asyncio.Queue[CaseResult | Judgement] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def tell(result: CaseResult | Judgement) -> None:
            loop.call_soon_threadsafe(self._ended.put_nowait, result)

        self._working = loop.run_in_executor(service.threads, lambda: tell(judging.judge(sandbox, tell)))
        # It may fail when the client is gone and nobody looks.
        self._working.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        with self._active:
            try:
                await super().__call__(scope, receive, send)
            finally:
                self._judging.cancel()
                await asyncio.wait({self._working})

    async def _events(self) -> AsyncIterator[bytes]:
        result: CaseResult | Judgement | None = None
        half = self._answers.limit_bytes // 2
        left: float = half if self._is_one_answer else math.inf
        try:
            while not isinstance(result, Judgement):
                result = await self._next()
                match result:
                    case None:
                        yield format_sse_event(comment="still at it")
                    case CaseResult():
                        told = CaseResponse.from_result(result, scored=self._judging.scored)
                        case = fit_case(told, left, self._answers.document_size)
                        left -= self._answers.document_size(case)
                        yield format_sse_event(data_str=case, event="case")
                    case Judgement():
                        document = self._answer(result, limit_bytes=half if self._is_one_answer else None)
                        yield format_sse_event(data_str=document, event="judgement")
        except ZukoError as error:  # the status is sent: what is left is to say so
            message = f"it could not be judged now, send it again: {error}"
            yield self._failure(replace(refused(error), message=message))
        except Exception:
            log.exception("a submission could not be judged")
            yield self._failure(FAILED)

    async def _next(self) -> CaseResult | Judgement | None:
        """What ended next; None: nothing for a while."""
        ended = asyncio.ensure_future(self._ended.get())
        either: set[asyncio.Future[Any]] = {ended, self._working}
        try:
            await asyncio.wait(either, timeout=KEEP_ALIVE_S, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done() and self._working.done():
                await self._working  # raises what it failed of
                await asyncio.wait({ended}, timeout=KEEP_ALIVE_S)
            return ended.result() if ended.done() else None
        finally:
            ended.cancel()

    def _failure(self, execution: Execution) -> bytes:
        self._answers.observe(execution, None)
        return format_sse_event(data_str=ExecuteResponse.from_execution(execution).to_json(), event="error")
