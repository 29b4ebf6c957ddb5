"""Events of the three streams of the API, read from server-sent events."""

import json
from dataclasses import dataclass
from typing import Final, Literal

import httpx2
from pydantic import ValidationError

from zuko.client.bounds import RESPONSE_BYTES_MAX
from zuko.client.errors import BusyError, MissingError, not_ours
from zuko.wire.execute import ExecuteResponse
from zuko.wire.judge import CaseResponse, JudgeResponse
from zuko.wire.submissions import SubmissionResponse

EVENT_BYTES_MAX: Final = RESPONSE_BYTES_MAX  # the last one has all of a response
_UNREADABLE: Final = (ValidationError, ValueError, KeyError, TypeError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class Compiled:
    """The program is compiled, and is started."""

    compile_output: str  # the compiler's messages


@dataclass(frozen=True, slots=True)
class OutputPart:
    """A part of an output, as it came."""

    stream: Literal["stdout", "stderr"]
    data: str  # text, or with `output_encoding` base64 of its own


RunEvent = Compiled | OutputPart | ExecuteResponse


@dataclass(frozen=True, slots=True)
class AttemptBegun:
    """An attempt of a submission has begun: the cases of the one before it are void."""

    id: str  # of the event: `follow(after=id)` goes on behind it
    attempt: int  # its number, from 1


@dataclass(frozen=True, slots=True)
class CaseEnded:
    """A case of the attempt has ended."""

    id: str
    case: CaseResponse


@dataclass(frozen=True, slots=True)
class SubmissionEnded:
    """The submission has ended: done, cancelled or failed. Nothing comes after it."""

    id: str
    submission: SubmissionResponse


SubmissionEvent = AttemptBegun | CaseEnded | SubmissionEnded


def run_event(response: httpx2.Response, sent: httpx2.ServerSentEvent) -> RunEvent | None:
    """Return what an event of a run has; None: nothing.

    Raises:
        ServiceError: it cannot be read.
    """
    try:
        match sent.event:
            case "compiled":
                return Compiled(str(json.loads(sent.data)["compile_output"]))
            case "stdout" | "stderr" as stream:
                return OutputPart(stream, str(json.loads(sent.data)["data"]))
            case "result" | "error":
                return ExecuteResponse.model_validate_json(sent.data)
    except _UNREADABLE as error:
        raise not_ours(response) from error
    return None


def judge_event(response: httpx2.Response, sent: httpx2.ServerSentEvent) -> CaseResponse | JudgeResponse | None:
    """Return what an event of a judging has; None: nothing.

    Raises:
        BusyError: the submission could not be judged to its end.
        ServiceError: it cannot be read.
    """
    try:
        match sent.event:
            case "case":
                return CaseResponse.model_validate_json(sent.data)
            case "judgement":
                return JudgeResponse.model_validate_json(sent.data)
            case "error":
                failed = ExecuteResponse.model_validate_json(sent.data)
                message = failed.message or "the submission could not be judged"
                raise BusyError(message, response.status_code, failed.reason)
    except ValidationError as error:
        raise not_ours(response) from error
    return None


def submission_event(response: httpx2.Response, sent: httpx2.ServerSentEvent) -> SubmissionEvent | None:
    """Return what an event of a stored submission has; None: nothing.

    Raises:
        MissingError: the submission was removed.
        ServiceError: it cannot be read.
    """
    try:
        match sent.event:
            case "attempt":
                return AttemptBegun(sent.id, int(json.loads(sent.data)["attempt"]))
            case "case":
                return CaseEnded(sent.id, CaseResponse.model_validate_json(sent.data))
            case "submission":
                return SubmissionEnded(sent.id, SubmissionResponse.model_validate_json(sent.data))
            case "removed":
                raise MissingError(404, "the submission was removed")
            case "result":  # a response without events
                raise not_ours(response)
    except _UNREADABLE as error:
        raise not_ours(response) from error
    return None
