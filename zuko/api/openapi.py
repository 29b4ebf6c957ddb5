"""What the API says of itself in openapi.json, where FastAPI cannot know it or leaves it out."""

import json
from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel

from zuko.api.body_limit import too_large, too_slow
from zuko.api.models import FieldError, FieldErrors
from zuko.api.responses import FAILED, JSON
from zuko.errors import NoCapacityError
from zuko.languages.table import names_and_aliases
from zuko.problem import CaseResult, Judgement, Verdict
from zuko.settings import Settings
from zuko.types import CpuSource, Execution, Reason, Status, Usage
from zuko.wire.execute import HELLO_RESPONSE, ExecuteRequest, ExecuteResponse
from zuko.wire.judge import JudgeRequest, JudgeResponse, ProgramModel

EXECUTE: Final = "/api/v1/execute"
JUDGE: Final = "/api/v1/judge"

TAGS: Final = [
    {"name": "programs", "description": "What runs them, and in which languages."},
    {"name": "health", "description": "For balancers and supervisors."},
]

# Of both routes that take programs.
REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    408: {"model": FieldErrors, "description": "The body was not received in time."},
    413: {"model": FieldErrors, "description": "The body is larger than the service reads."},
    422: {"model": FieldErrors, "description": "A field is missing, unknown, of the wrong type or out of its bounds."},
    500: {"model": ExecuteResponse, "description": "An internal error; the server's log has the details."},
    503: {
        "model": ExecuteResponse,
        "description": "Not run; Retry-After says when to try again.",
        "headers": {"Retry-After": {"description": "when that is, s from now", "schema": {"type": "integer"}}},
    },
}


def describe(app: FastAPI, settings: Settings) -> dict[str, Any]:
    """The app's description, with the bounds and the refusals of this service."""
    description = FastAPI.openapi(app)
    schemas = description["components"]["schemas"]
    for model, bounds in _bounds(settings).items():
        for field, (least, most) in bounds.items():
            number, _null = schemas[model]["properties"][field]["anyOf"]
            number |= {"minimum": least, "maximum": most}
    for program in (ExecuteRequest, JudgeRequest, ProgramModel):
        schemas[program.__name__]["properties"]["language"]["description"] += f": {names_and_aliases()}"
    schemas["JudgeRequest"]["properties"]["cases"]["maxItems"] = settings.judge_cases_max
    for path, limit_bytes in ((EXECUTE, settings.body_limit_bytes), (JUDGE, settings.judge_body_limit_bytes)):
        answers = description["paths"][path]["post"]["responses"]
        for status_code, example in _refusals(settings, limit_bytes).items():
            answers[status_code]["content"][JSON]["example"] = _sent(example)
    schemas["ExecuteResponse"]["examples"] = [HELLO_RESPONSE]  # with its nulls
    schemas["JudgeResponse"]["examples"] = [_sent(_judged())]
    return description


def _bounds(settings: Settings) -> dict[str, dict[str, tuple[int, int]]]:
    """The lowest and the highest value of each limit, by model and field."""
    time_ms = (1, settings.timeout_max_s * 1000)
    least_bytes, most_bytes = settings.memory_bounds_bytes
    common = {
        "time_limit_ms": time_ms,
        "wall_time_limit_ms": time_ms,
        "memory_limit_kb": (-(-least_bytes // 1024), most_bytes // 1024),
    }
    return {
        "ExecuteRequest": {**common, "timeout": (1, settings.timeout_max_s)},
        "JudgeRequest": {**common, "output_limit_kb": (1, settings.judge_output_limit_bytes // 1024)},
    }


def _refusals(settings: Settings, limit_bytes: int) -> dict[str, BaseModel]:
    """An answer of each status but 200, of a route that reads so many bytes."""
    busy = Execution(Status.ERROR, Reason.NO_CAPACITY, str(NoCapacityError.of_full_line(settings.queue_size)))
    return {
        "408": FieldErrors(detail=[too_slow(settings.body_timeout_s)]),
        "413": FieldErrors(detail=[too_large(limit_bytes)]),
        "422": FieldErrors(detail=[FieldError(loc=["body", "code"], msg="Field required", type="missing")]),
        "500": ExecuteResponse.from_execution(FAILED),
        "503": ExecuteResponse.from_execution(busy),
    }


def _judged() -> JudgeResponse:
    """What the example of a request to judge comes to."""
    first = Usage(16_180_000, 15_702_000, 8616 * 1024, CpuSource.CGROUP_V2)
    second = Usage(16_940_000, 16_412_000, 9584 * 1024, CpuSource.CGROUP_V2)
    reason, diff = "a token differs", "line 1, column 1, token 1: expected “5”, got “4”"
    cases = (
        CaseResult("1", None, Verdict.AC, "", *_figures(first), attempts=(first,)),
        CaseResult("2", None, Verdict.WA, reason, *_figures(second), diff=diff, message=reason, attempts=(second,)),
    )
    return JudgeResponse.from_judgement(
        Judgement(Verdict.WA, reason, None, None, cases, decided_by="2"), compiled=False
    )


def _figures(usage: Usage) -> tuple[int | None, int, int | None]:
    return usage.cpu_time_ns, usage.wall_time_ns, usage.peak_rss_bytes


def _sent(answer: BaseModel) -> Any:
    """As a client reads it."""
    return json.loads(answer.to_json() if isinstance(answer, ExecuteResponse) else answer.model_dump_json())
