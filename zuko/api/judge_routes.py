"""The route that judges: one answer at the end, or an event for each case as it ends."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.sse import EventSourceResponse, format_sse_event

from zuko.api.answers import JSON
from zuko.api.bodies import BodyRoute
from zuko.api.models import Problems
from zuko.api.service import DEADLINE, NOBODY_READS, ClientGoneError, Service, attended, reserve, service_of
from zuko.judge.judging import Judging
from zuko.judge.model import CaseResult, Judgement
from zuko.sandbox import Sandbox
from zuko.types import Execution, Reason, Status
from zuko.wire.execute import ExecuteAnswer
from zuko.wire.judge import CaseAnswer, JudgeAnswer, JudgeRequest

router = APIRouter(route_class=BodyRoute)

PATH: Final = "/api/v1/judge"
EVENTS: Final = "text/event-stream"
KEEP_ALIVE_S: Final = 15.0  # proxies cut a connection that is silent for long


@router.post(
    PATH,
    response_model=JudgeAnswer,
    summary="Judge a program",
    responses={
        200: {"content": {EVENTS: {"schema": {"type": "string"}}}},
        408: {"model": Problems, "description": "The body did not come in time."},
        413: {"model": Problems, "description": "The body is larger than the service reads."},
        422: {"model": Problems, "description": "A field is missing, of the wrong type or out of its bounds."},
        500: {"model": ExecuteAnswer, "description": "An error of ours; the server's log has it."},
        503: {"model": ExecuteAnswer, "description": "Not run; Retry-After says when to try again."},
    },
)
async def judge(body: JudgeRequest, request: Request) -> Response:
    """Compiles a program once, runs every case afresh, and says what is right, and how many points that is.

    With `Accept: text/event-stream` each case comes as an event `case` when it ends, and then `judgement`.
    """
    service = service_of(request)
    settings = service.executor.settings
    language = body.to_language()
    files = body.to_files(language)
    service.executor.check_files(language, files)
    problem = body.to_problem(language, settings)
    ends_at = time.monotonic() + settings.judge_timeout_s
    judging = Judging(
        service.executor,
        language,
        files,
        problem,
        workers=min(body.workers or 1024, settings.judge_workers or 1024),
        deadline=min(ends_at, request.scope.get(DEADLINE, ends_at)),
    )
    compiled = language.compiler is not None
    streamed = EVENTS in request.headers.get("accept", "")
    with service.active():
        try:
            _, sandbox = await reserve(service, language, request)
        except ClientGoneError:
            return NOBODY_READS
        if not streamed:
            judgement = await attended(service, request, lambda: judging.judge(sandbox), judging.cancel)
            return Response(_final(judgement, compiled=compiled).model_dump_json(), media_type=JSON)
    return EventSourceResponse(_events(service, judging, sandbox, compiled=compiled))


def _final(judgement: Judgement, *, compiled: bool) -> JudgeAnswer:
    return JudgeAnswer.from_judgement(judgement, compiled=compiled)


async def _events(service: Service, judging: Judging, sandbox: Sandbox, *, compiled: bool) -> AsyncIterator[bytes]:
    """The cases as they end, then the whole. A client that goes ends the judging."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Queue[CaseResult | Judgement | None] = asyncio.Queue()

    def tell(result: CaseResult | Judgement | None) -> None:
        loop.call_soon_threadsafe(ended.put_nowait, result)

    def work() -> None:
        try:
            tell(judging.judge(sandbox, tell))
        except BaseException:
            tell(None)
            raise

    with service.active():
        working = loop.run_in_executor(service.threads, work)
        try:
            while True:
                try:
                    result = await asyncio.wait_for(ended.get(), KEEP_ALIVE_S)
                except TimeoutError:
                    yield format_sse_event(comment="still at it")
                    continue
                match result:
                    case CaseResult():
                        yield format_sse_event(data_str=CaseAnswer.from_result(result).model_dump_json(), event="case")
                    case Judgement():
                        answer = _final(result, compiled=compiled)
                        yield format_sse_event(data_str=answer.model_dump_json(), event="judgement")
                        break
                    case None:
                        await working
        except Exception:  # noqa: BLE001 - the status is sent: what is left is to say so
            failed = Execution(Status.ERROR, Reason.INTERNAL_ERROR, "an error of ours; send it again")
            yield format_sse_event(data_str=ExecuteAnswer.from_execution(failed).to_json(), event="error")
        finally:
            if not working.done():
                judging.cancel()
                await asyncio.shield(working)
