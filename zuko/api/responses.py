"""Responses to submissions: to those that ran and to those that could not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from fastapi import Response

from zuko.errors import DrainingError, OverLimitError, QueueFullError, UnavailableError, ZukoError
from zuko.execution.conclude import reason_of
from zuko.problem import Judgement
from zuko.types import Execution, Reason, Status
from zuko.wire.execute import execution_json
from zuko.wire.judge import JudgeResponse
from zuko.wire.truncate import document_size, encoded_size, truncate_execution, truncate_judgement

JSON: Final = "application/json"
# The log has the traceback; the client gets the contract's shape.
FAILED: Final = Execution(Status.ERROR, Reason.INTERNAL_ERROR, "internal error; the server's log has the details")

Observe = Callable[[Execution | Judgement], None]


def observe_nothing(_: Execution | Judgement) -> None:
    """Observe nothing: for servers that keep no metrics."""


def refused(error: ZukoError) -> Execution:
    """Return the execution of a submission that could not be run, or not to its end, because of a failure of ours."""
    return Execution(Status.ERROR, reason_of(error), str(error))


@dataclass(frozen=True, slots=True)
class Responses:
    """Makes the responses to executions and judgements."""

    limit_bytes: int  # of both outputs of an execution, and of a judgement, as they are sent
    encoded_size: Callable[[str], int] = encoded_size  # bytes that an output takes as it is sent
    document_size: Callable[[str], int] = document_size  # bytes that JSON takes as it is sent
    observe: Observe = observe_nothing  # called with each
    streams: bool = True  # False: all events of a judging are sent as one response

    def make(self, execution: Execution, status_code: int = 200) -> Response:
        """Return the contract's JSON for an execution."""
        self.observe(execution)
        fitting = truncate_execution(execution, self.limit_bytes, self.encoded_size)
        return Response(execution_json(fitting), status_code, media_type=JSON)

    def unavailable(self, error: UnavailableError) -> Response:
        """Return 503 with the contract's JSON, and when to try again; 429 where only this client has too much."""
        of_client = isinstance(error, OverLimitError) or (isinstance(error, QueueFullError) and error.of_tenant)
        response = self.make(refused(error), 429 if of_client else 503)
        response.headers["Retry-After"] = str(error.retry_after_s)
        if isinstance(error, DrainingError):
            response.headers["Connection"] = "close"
        return response

    def judged(self, judgement: Judgement, *, compiled: bool, limit_bytes: int | None = None) -> str:
        """Return the JSON of a judgement.

        Args:
            judgement: of the submission.
            compiled: whether the submission's language is compiled.
            limit_bytes: instead of the limit of all responses.
        """
        self.observe(judgement)
        response = JudgeResponse.from_judgement(judgement, compiled=compiled)
        return truncate_judgement(response, limit_bytes or self.limit_bytes, self.document_size)
