"""Executions become responses: one place, for those that ran and those that could not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from fastapi import Response

from zuko.api.fit import encoded_size, fit
from zuko.types import Execution
from zuko.wire.execute import ExecuteAnswer

JSON: Final = "application/json"

Observe = Callable[[Execution, float | None], None]


def observe_nothing(_: Execution, __: float | None) -> None:
    """For servers that keep no metrics."""


@dataclass(frozen=True, slots=True)
class Answers:
    """How executions are answered, and who is told of each."""

    limit_bytes: int  # of both outputs as they are sent
    encoded_size: Callable[[str], int] = encoded_size  # bytes that an output takes as it is sent
    observe: Observe = observe_nothing  # called with each execution and the wait for its sandbox, s, if it had one

    def make(self, execution: Execution, status_code: int = 200, sandbox_wait_s: float | None = None) -> Response:
        """The contract's JSON for an execution."""
        self.observe(execution, sandbox_wait_s)
        fitting = fit(execution, self.limit_bytes, self.encoded_size)
        return Response(ExecuteAnswer.from_execution(fitting).to_json(), status_code, media_type=JSON)
