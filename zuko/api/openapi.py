"""The parts of openapi.json that FastAPI cannot know or leaves out."""

import json
from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel

from zuko.api.body_limit import too_large, too_slow
from zuko.api.responses import FAILED, JSON, refused
from zuko.errors import KeyConflictError, NoCapacityError, OverLimitError, QueueFullError, StoreError
from zuko.languages.table import names_and_aliases
from zuko.problem import CaseResult, Judgement, Verdict
from zuko.settings import Settings
from zuko.types import CpuSource, Execution, Reason, Status, Usage
from zuko.wire.execute import HELLO_RESPONSE, ExecuteRequest, ExecuteResponse
from zuko.wire.judge import JudgeRequest, JudgeResponse, ProgramModel
from zuko.wire.service import FieldError, FieldErrors
from zuko.wire.submissions import ExecuteSubmission, JudgeSubmission

EXECUTE: Final = "/api/v1/execute"
JUDGE: Final = "/api/v1/judge"
SUBMISSIONS: Final = "/api/v1/submissions"
SUBMISSION: Final = f"{SUBMISSIONS}/{{id}}"
BATCH: Final = f"{SUBMISSIONS}/batch"
REJUDGE: Final = f"{SUBMISSIONS}/rejudge"
QUEUE: Final = "/api/v1/queue"
PROBLEMS: Final = "/api/v1/problems"

EVENTS: Final = "text/event-stream"

TAGS: Final = [
    {"name": "programs", "description": "Run and judge programs; the supported languages."},
    {"name": "submissions", "description": "Programs that are stored now, and run or judged by any worker."},
    {"name": "problems", "description": "Problem packages that are stored, in versions, and judged by."},
    {"name": "health", "description": "For load balancers and supervisors."},
]

type _Responses = dict[int | str, dict[str, Any]]

_RETRY_AFTER: Final = {"Retry-After": {"description": "seconds to wait", "schema": {"type": "integer"}}}

_LIMITED: Final = {
    "model": ExecuteResponse,
    "description": "You have passed one of your limits, which the message names; Retry-After says when to try again.",
    "headers": _RETRY_AFTER,
}
# Of the routes that take programs.
REFUSALS: Final[_Responses] = {
    408: {"model": FieldErrors, "description": "The body was not received in time."},
    413: {"model": FieldErrors, "description": "The body is larger than the service reads."},
    422: {"model": FieldErrors, "description": "A field is missing, unknown, of the wrong type or out of its bounds."},
    429: _LIMITED,
    500: {"model": ExecuteResponse, "description": "An internal error; the server's log has the details."},
    503: {
        "model": ExecuteResponse,
        "description": "The program was not run or stored; Retry-After says when to try again.",
        "headers": _RETRY_AFTER,
    },
}
# Of the routes that read what is stored, or change it without a body.
READ_REFUSALS: Final[_Responses] = {
    422: {"model": FieldErrors, "description": "A parameter is unknown, of the wrong type or out of its bounds."},
    429: _LIMITED,
    500: REFUSALS[500],
    503: {
        "model": ExecuteResponse,
        "description": "The store does not answer; Retry-After says when to try again.",
        "headers": _RETRY_AFTER,
    },
}
MISSING: Final[_Responses] = {404: {"model": FieldErrors, "description": "You have nothing of that name."}}
CONFLICT: Final[_Responses] = {
    409: {"model": FieldErrors, "description": "It contradicts another request, or the state of the submission."}
}
LOCATION: Final[_Responses] = {
    202: {"headers": {"Location": {"description": "path of the submission", "schema": {"type": "string"}}}}
}
IDEMPOTENCY_KEY: Final[dict[str, Any]] = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "a text of yours: a request that is repeated with it is stored once",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        }
    ]
}


def describe(app: FastAPI, settings: Settings) -> dict[str, Any]:
    """Return the app's description, with the bounds and the refusals of this service."""
    description = FastAPI.openapi(app)
    schemas = description["components"]["schemas"]
    for model, bounds in _bounds(settings).items():
        for field, (least, most) in bounds.items():
            number, _null = schemas[model]["properties"][field]["anyOf"]
            number |= {"minimum": least, "maximum": most}
    for program in (ExecuteRequest, ExecuteSubmission, JudgeRequest, JudgeSubmission, ProgramModel):
        schemas[program.__name__]["properties"]["language"]["description"] += f": {names_and_aliases()}"
    for judged in (JudgeRequest, JudgeSubmission):
        schemas[judged.__name__]["properties"]["cases"]["maxItems"] = settings.judge_cases_max
    for path, methods in description["paths"].items():
        limit_bytes = settings.body_limit_bytes if path == EXECUTE else settings.judge_body_limit_bytes
        examples = _refusals(settings, limit_bytes)
        if path not in (EXECUTE, JUDGE):
            examples |= _store_refusals(settings)
        for operation in methods.values():
            for status_code, example in examples.items():
                found = operation["responses"].get(status_code, {}).get("content", {}).get(JSON)
                if found is not None and found["schema"].get("$ref", "").endswith(f"/{type(example).__name__}"):
                    found["example"] = _decoded(example)
    schemas["ExecuteResponse"]["examples"] = [HELLO_RESPONSE]  # with its nulls
    schemas["JudgeResponse"]["examples"] = [_decoded(_judgement())]
    return description


def _bounds(settings: Settings) -> dict[str, dict[str, tuple[int, int]]]:
    """Return the lowest and the highest value of each limit, by model and field."""
    time_ms = (1, settings.timeout_max_s * 1000)
    least_bytes, most_bytes = settings.memory_bounds_bytes
    common = {
        "time_limit_ms": time_ms,
        "wall_time_limit_ms": time_ms,
        "memory_limit_kb": (-(-least_bytes // 1024), most_bytes // 1024),
    }
    run = {**common, "timeout": (1, settings.timeout_max_s)}
    judged = {**common, "output_limit_kb": (1, settings.judge_output_limit_bytes // 1024)}
    return {"ExecuteRequest": run, "ExecuteSubmission": run, "JudgeRequest": judged, "JudgeSubmission": judged}


def _refusals(settings: Settings, limit_bytes: int) -> dict[str, BaseModel]:
    """Return a response of each status except 200, for a route that reads at most `limit_bytes`."""
    busy = Execution(Status.ERROR, Reason.NO_CAPACITY, str(NoCapacityError.of_full_line(settings.queue_size)))
    return {
        "408": FieldErrors(detail=[too_slow(settings.body_timeout_s)]),
        "413": FieldErrors(detail=[too_large(limit_bytes)]),
        "422": FieldErrors(detail=[FieldError(loc=["body", "code"], msg="Field required", type="missing")]),
        "429": ExecuteResponse.from_execution(refused(OverLimitError.of_queue(settings.queue_size // 4))),
        "500": ExecuteResponse.from_execution(FAILED),
        "503": ExecuteResponse.from_execution(busy),
    }


def _store_refusals(settings: Settings) -> dict[str, BaseModel]:
    """Return the responses of the routes of stored submissions, where they differ."""
    there_is_none = FieldError(loc=["path", "id"], msg="there is no submission '01980f3e…'", type="not_found")
    conflict = KeyConflictError("order-66")
    full = QueueFullError(settings.submissions_tenant_max, of_tenant=True)
    away = StoreError("the store of submissions does not answer")
    return {
        "404": FieldErrors(detail=[there_is_none]),
        "409": FieldErrors(detail=[FieldError(loc=["header", conflict.field], msg=str(conflict), type="key_conflict")]),
        "429": ExecuteResponse.from_execution(refused(full)),
        "503": ExecuteResponse.from_execution(refused(away)),
    }


def _judgement() -> JudgeResponse:
    """Return the response to the example of a request to judge."""
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


def _decoded(response: BaseModel) -> Any:
    """Return the values that a client decodes from a response's JSON."""
    return json.loads(response.to_json() if isinstance(response, ExecuteResponse) else response.model_dump_json())
