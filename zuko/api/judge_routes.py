"""The route that judges: one response at the end, or an event for each case as it ends."""

import contextlib
import math
import time
from collections.abc import AsyncIterator, Callable
from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.sse import format_sse_event
from starlette.concurrency import run_in_threadpool

from zuko.api.begun import KEEP_ALIVE_S, Begun, WorkEvents, begin
from zuko.api.openapi import EVENTS, JUDGE, REFUSALS
from zuko.api.request_body import BodyRoute
from zuko.api.responses import JSON, Responses
from zuko.api.service import CLIENT_GONE, DEADLINE, ClientGoneError, Service, WhileConnected, service_of
from zuko.api.submitting import tenant_of
from zuko.execution.submission import JudgeJob
from zuko.judge.admission import admit_judging
from zuko.judge.judging import Judging
from zuko.problem import CaseResult, Judgement
from zuko.settings import Settings
from zuko.wire.judge import CaseResponse, JudgeRequest, JudgeResponse
from zuko.wire.truncate import truncate_case

router = APIRouter(route_class=BodyRoute)


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
                events: Begun[CaseResult, Judgement] = await begin(
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


class _Events(WorkEvents[CaseResult, Judgement]):
    """The cases as they end, then the whole.

    Args:
        begun: the judging.
        responses: see `WorkEvents`.
        respond: makes the judgement's JSON.
        active: see `WorkEvents`.
        scored: whether cases have points.
    """

    def __init__(
        self,
        begun: Begun[CaseResult, Judgement],
        responses: Responses,
        respond: Callable[..., str],
        active: contextlib.ExitStack,
        *,
        scored: bool,
    ) -> None:
        super().__init__(begun, responses, active, failure="the submission could not be judged now")
        self._respond = respond
        self._scored = scored

    async def events_of_work(self) -> AsyncIterator[bytes]:
        """Yield the cases, and the judgement."""
        # Where all events are one response, those of the cases may have half of it.
        half = None if self.responses.streams else self.responses.limit_bytes // 2
        left: float = math.inf if half is None else half
        while True:
            match await self.begun.next(KEEP_ALIVE_S):
                case None:
                    yield format_sse_event(comment="still judging")
                case CaseResult() as result:
                    response = CaseResponse.from_result(result, scored=self._scored)
                    case = truncate_case(response, left, self.responses.document_size)
                    left -= self.responses.document_size(case)
                    yield format_sse_event(data_str=case, event="case")
                case Judgement() as judgement:
                    yield format_sse_event(data_str=self._respond(judgement, limit_bytes=half), event="judgement")
                    return
