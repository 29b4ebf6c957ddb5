"""Stored submissions: the requests and the responses."""

import math
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    RootModel,
    Tag,
)
from pydantic_core import PydanticCustomError

from zuko.wire.execute import ExecuteRequest
from zuko.wire.judge import PROBLEM_PATTERN, PROBLEM_VERSION_MAX, JudgeRequest

PRIORITY_MAX: Final = 10
LABELS_MAX: Final = 16
METADATA_MAX: Final = 64
BATCH_MAX: Final = 100
URL_MAX: Final = 2000
LABEL_PATTERN: Final = r"^[^\x00-\x1f\x7f]*$"
LABEL_NAME_PATTERN: Final = r"^[A-Za-z0-9._/-]+$"
WEBHOOK_PATTERN: Final = r"^https?://"
PATTERN_MESSAGES: Final = {  # instead of a regular expression
    PROBLEM_PATTERN: "is not the name of a problem, or name@version: a name has up to 64 of a-z 0-9 . _ -",
    LABEL_PATTERN: "a label has no control characters",
    LABEL_NAME_PATTERN: "the name of a label has only A-Z a-z 0-9 . _ / -",
    WEBHOOK_PATTERN: "must begin with http:// or https://",
}
_STRICT: Final = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

_ID: Final = "01980f3e-6d1c-7a52-9a54-0c6f2f4f6b1d"
_EXAMPLE: Final[dict[str, JsonValue]] = {
    "language": "python",
    "code": "print(sum(map(int, input().split())))",
    "cases": [{"input": "1 2\n", "output": "3\n"}, {"input": "2 2\n", "output": "4\n"}],
    "labels": {"contest": "spring", "team": "7"},
    "webhook": "https://contest.example/hooks/zuko",
}


def _finite(value: JsonValue) -> JsonValue:
    """Refuse NaN and Infinity, which JSON does not have, so that they could not be read with the request again."""
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, float) and not math.isfinite(each):
            raise PydanticCustomError("finite_number", "numbers have to be finite")
        left += each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
    return value


_Label = Annotated[str, Field(max_length=200, pattern=LABEL_PATTERN)]
_LabelName = Annotated[str, Field(min_length=1, max_length=64, pattern=LABEL_NAME_PATTERN)]
Labels = Annotated[
    dict[_LabelName, _Label], Field(max_length=LABELS_MAX, description="names and values of your own, to list by")
]
StateName = Literal["queued", "running", "done", "cancelled", "failed"]


class StoredFields(BaseModel):
    """The fields of a stored submission in addition to those of a request that is answered at once."""

    priority: Annotated[
        int,
        Field(ge=-PRIORITY_MAX, le=PRIORITY_MAX, description="among your own queued submissions; the highest first"),
    ] = 0
    labels: Labels = {}
    webhook: Annotated[
        str | None,
        Field(max_length=URL_MAX, pattern=WEBHOOK_PATTERN, description="URL that gets a POST when it has ended"),
    ] = None
    metadata: Annotated[
        dict[str, Annotated[JsonValue, AfterValidator(_finite)]] | None,
        Field(max_length=METADATA_MAX, description="values of your own, kept with the request and read with it"),
    ] = None


class ExecuteSubmission(ExecuteRequest, StoredFields):
    """A program to run, as `POST /api/v1/execute` takes it."""


class JudgeSubmission(JudgeRequest, StoredFields):
    """A program to judge, as `POST /api/v1/judge` takes it."""


def _kind(sent: object) -> str:
    if isinstance(sent, JudgeSubmission):
        return "judge"
    judged = isinstance(sent, dict) and not sent.keys().isdisjoint({"cases", "problem"})
    return "judge" if judged else "execute"


SubmissionRequest = Annotated[
    Annotated[ExecuteSubmission, Tag("execute")] | Annotated[JudgeSubmission, Tag("judge")], Discriminator(_kind)
]


class SubmissionBody(RootModel[SubmissionRequest]):
    """A submission to store: with `cases` it is judged, without it is run."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})


class BatchRequest(BaseModel):
    """Several submissions, stored together or not at all."""

    model_config = _STRICT

    submissions: Annotated[list[SubmissionRequest], Field(min_length=1, max_length=BATCH_MAX)]


class SubmittedResponse(BaseModel):
    """A submission that was stored, now or before under the same Idempotency-Key."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": _ID, "state": "queued", "url": f"/api/v1/submissions/{_ID}"}]}
    )

    id: Annotated[str, Field(description="UUID of version 7: sorts by the time of the submission")]
    state: Annotated[StateName, Field(description="`queued`, or the state of the one that was stored before")]
    url: Annotated[str, Field(description="path of the submission")]


class BatchResponse(BaseModel):
    """The submissions of a batch, in the request's order."""

    submissions: list[SubmittedResponse]


class WebhookResponse(BaseModel):
    """The delivery of a submission's end."""

    url: str
    state: Annotated[
        Literal["waiting", "due", "delivered", "undelivered"],
        Field(description="waiting: it has not ended"),
    ]
    tries: Annotated[int, Field(description="made so far")]
    error: Annotated[str | None, Field(description="of the last try")]
    due_at: Annotated[datetime | None, Field(description="when it is tried next")]


class SubmissionResponse(BaseModel):
    """A stored submission."""

    id: str
    kind: Annotated[Literal["execute", "judge"], Field(description="whose response `result` is")]
    state: StateName
    language: Annotated[str, Field(description="by its own name, also if an alias was sent")]
    problem: Annotated[str | None, Field(description="name@version of the stored problem that it is judged by")]
    priority: int
    labels: dict[str, str]
    attempt: Annotated[int, Field(description="number of the newest attempt; 0: none has begun")]
    created_at: datetime
    started_at: Annotated[datetime | None, Field(description="of the newest attempt; null: none has begun")]
    ended_at: Annotated[datetime | None, Field(description="of the newest attempt; null: it has not ended")]
    reason: Annotated[str | None, Field(description="why it is failed, or was given back to the queue")]
    message: Annotated[str | None, Field(description="the reason as a sentence")]
    webhook: Annotated[WebhookResponse | None, Field(description="the delivery of its end; null: none was asked for")]
    result: Annotated[
        dict[str, Any] | None, Field(description="what /execute or /judge would have answered; null until it is done")
    ]
    receipt: Annotated[dict[str, Any] | None, Field(description="where and how the result was measured")]


class StateResponse(BaseModel):
    """The state of a submission after a request to change it."""

    id: str
    state: Annotated[StateName, Field(description="running: it ends within seconds, when its worker has heard of it")]


class SubmissionsResponse(BaseModel):
    """A page of submissions, the newest first. Their `result` and `receipt` are null."""

    submissions: list[SubmissionResponse]
    next: Annotated[str | None, Field(description="`cursor` of the next page; null: this is the last")]


class AttemptResponse(BaseModel):
    """An attempt that has ended."""

    number: int
    state: Annotated[
        Literal["done", "cancelled", "failed", "lost", "given_back"],
        Field(description="lost: it ended without a result, for `reason`; given_back: its worker could not do it then"),
    ]
    reason: str | None
    message: str | None
    started_at: datetime
    ended_at: datetime
    result: dict[str, Any] | None
    receipt: dict[str, Any] | None


class AttemptsResponse(BaseModel):
    """The attempts of a submission, the oldest first."""

    attempts: list[AttemptResponse]


class RejudgeRequest(BaseModel):
    """The submissions to judge again: those that fit every field."""

    model_config = _STRICT

    problem: Annotated[str | None, Field(description="of this stored problem: name, or name@version")] = None
    judge_by: Annotated[
        int | None,
        Field(ge=1, le=PROBLEM_VERSION_MAX, description="version of the problem to judge by; null: the newest one"),
    ] = None
    language: Annotated[str | None, Field(description="a language's name, or an alias")] = None
    labels: Labels = {}
    states: Annotated[
        list[Literal["done", "cancelled", "failed"]],
        Field(min_length=1, description="those that have not ended are left as they are"),
    ] = ["done", "failed"]
    created_from: AwareDatetime | None = None
    created_before: AwareDatetime | None = None


class RejudgeResponse(BaseModel):
    """The submissions that are queued again."""

    queued: list[str]


class WorkerResponse(BaseModel):
    """A worker as it reported itself."""

    name: str
    host: str
    slots: int
    languages: list[str]
    factor: Annotated[
        float | None, Field(description="time of the reference program here, over that on the reference machine")
    ]
    version: str
    draining: bool
    seen_at: datetime


class DepthResponse(BaseModel):
    """The number of submissions that have not ended."""

    queued: int
    running: int
    oldest_s: Annotated[float | None, Field(description="since the oldest queued one was queued; null: none is")]


class QueueResponse(DepthResponse):
    """The queue of all tenants at this moment, and who works on it."""

    yours: Annotated[DepthResponse | None, Field(description="the same of your own; null: there are no tenants")]
    workers: list[WorkerResponse]
