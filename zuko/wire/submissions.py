"""Stored submissions: the requests and the responses."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from zuko.wire.execute import ExecuteRequest
from zuko.wire.judge import JudgeRequest

PRIORITY_MAX: Final = 10
LABELS_MAX: Final = 16
BATCH_MAX: Final = 100
URL_MAX: Final = 2000

_Label = Annotated[str, Field(max_length=200)]
_LabelName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._/-]+$")]
Labels = Annotated[
    dict[_LabelName, _Label], Field(max_length=LABELS_MAX, description="names and values of your own, to list by")
]
StateName = Literal["queued", "running", "done", "cancelled", "failed"]


class _Stored(BaseModel):
    """The fields of a stored submission in addition to those of a request that is answered at once."""

    priority: Annotated[
        int,
        Field(ge=-PRIORITY_MAX, le=PRIORITY_MAX, description="among your own queued submissions; the highest first"),
    ] = 0
    labels: Labels = {}
    webhook: Annotated[
        str | None,
        Field(max_length=URL_MAX, pattern=r"^https?://", description="URL that gets a POST when it has ended"),
    ] = None


class ExecuteSubmission(ExecuteRequest, _Stored):
    """A program to run, as `POST /api/v1/execute` takes it."""


class JudgeSubmission(JudgeRequest, _Stored):
    """A program to judge, as `POST /api/v1/judge` takes it."""


def _kind(sent: object) -> str:
    if isinstance(sent, JudgeSubmission):
        return "judge"
    judged = isinstance(sent, dict) and not sent.keys().isdisjoint({"cases", "problem"})
    return "judge" if judged else "execute"


SubmissionRequest = Annotated[
    Annotated[ExecuteSubmission, Tag("execute")] | Annotated[JudgeSubmission, Tag("judge")], Discriminator(_kind)
]


class BatchRequest(BaseModel):
    """Several submissions, stored together or not at all."""

    model_config = ConfigDict(extra="forbid", strict=True)

    submissions: Annotated[list[SubmissionRequest], Field(min_length=1, max_length=BATCH_MAX)]


class SubmittedResponse(BaseModel):
    """A submission that was stored."""

    id: str
    state: StateName
    url: Annotated[str, Field(description="path of the submission")]


class BatchResponse(BaseModel):
    """The submissions of a batch, in the request's order."""

    submissions: list[SubmittedResponse]


class WebhookResponse(BaseModel):
    """The delivery of a submission's end."""

    url: str
    state: Literal["waiting", "due", "delivered", "undelivered"]
    tries: int
    error: Annotated[str | None, Field(description="of the last try")]
    due_at: Annotated[datetime | None, Field(description="when it is tried next")]


class SubmissionResponse(BaseModel):
    """A stored submission."""

    id: str
    kind: Literal["execute", "judge"]
    state: StateName
    language: str
    problem: Annotated[str | None, Field(description="name@version of the stored problem it is judged by")]
    priority: int
    labels: dict[str, str]
    attempt: Annotated[int, Field(description="number of the newest attempt; 0: none has begun")]
    created_at: datetime
    started_at: Annotated[datetime | None, Field(description="of the newest attempt")]
    ended_at: datetime | None
    reason: Annotated[str | None, Field(description="why it is failed")]
    message: Annotated[str | None, Field(description="the reason as a sentence")]
    result: Annotated[
        dict[str, Any] | None, Field(description="what /execute or /judge would have answered; null until it is done")
    ]
    receipt: Annotated[dict[str, Any] | None, Field(description="where and how the result was measured")]
    webhook: WebhookResponse | None


class SubmissionSummary(SubmissionResponse):
    """A stored submission in a list, where `result` and `receipt` are null."""


class SubmissionsResponse(BaseModel):
    """A page of submissions, the newest first."""

    submissions: list[SubmissionResponse]
    next: Annotated[str | None, Field(description="`cursor` of the next page; null: this is the last")]


class AttemptResponse(BaseModel):
    """An attempt that has ended."""

    number: int
    state: StateName
    reason: str | None
    message: str | None
    result: dict[str, Any] | None
    receipt: dict[str, Any] | None
    started_at: datetime
    ended_at: datetime


class AttemptsResponse(BaseModel):
    """The attempts of a submission, the oldest first."""

    attempts: list[AttemptResponse]


class RejudgeRequest(BaseModel):
    """The submissions to judge again, in addition to those of the path."""

    model_config = ConfigDict(extra="forbid", strict=True)

    problem: Annotated[str | None, Field(description="of this stored problem: name, or name@version")] = None
    judge_by: Annotated[
        int | None, Field(ge=1, description="version of the problem to judge by; unset: the newest one")
    ] = None
    labels: Labels = {}
    states: Annotated[list[Literal["done", "cancelled", "failed"]], Field(description="unset: done and failed")] = [
        "done",
        "failed",
    ]


class RejudgeResponse(BaseModel):
    """The submissions that are queued again."""

    queued: list[str]


class ProblemResponse(BaseModel):
    """A version of a stored problem."""

    name: str
    version: int
    title: str
    format: Annotated[str, Field(description="of the package: legacy, 2025-09, …")]
    cases: int
    size_bytes: int
    languages: Annotated[list[str], Field(description="of its checkers, interactors and validators")]
    notes: Annotated[list[str], Field(description="oddities that are not errors, each beginning with its place")]
    created_at: datetime


class ProblemsResponse(BaseModel):
    """The newest version of each stored problem, by name."""

    problems: list[ProblemResponse]


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


class QueueResponse(BaseModel):
    """The queue at this moment, and who works on it."""

    queued: int
    running: int
    oldest_s: Annotated[float | None, Field(description="since the oldest queued one was queued; null: none is")]
    workers: list[WorkerResponse]
