"""A client of the HTTP API, on httpx2 and the contract (`zuko.wire`): it loads nothing of the engine.

    with Client("http://127.0.0.1:8000") as zuko:
        print(zuko.run("python", "print(6 * 7)").stdout)

`AsyncClient` has the same methods as coroutines. Options are the fields of a request, by their names.
"""

from zuko.client.aclient import AsyncClient
from zuko.client.client import Client
from zuko.client.errors import (
    BusyError,
    ConflictError,
    FieldFault,
    MissingError,
    NoAnswerError,
    RefusedError,
    ServiceError,
    TooLargeError,
)
from zuko.client.events import AttemptBegun, CaseEnded, Compiled, OutputPart, SubmissionEnded, SubmissionEvent
from zuko.client.options import submission
from zuko.client.problem_calls import PushedProblem
from zuko.client.retries import DEFAULT_URL

__all__ = [
    "DEFAULT_URL",
    "AsyncClient",
    "AttemptBegun",
    "BusyError",
    "CaseEnded",
    "Client",
    "Compiled",
    "ConflictError",
    "FieldFault",
    "MissingError",
    "NoAnswerError",
    "OutputPart",
    "PushedProblem",
    "RefusedError",
    "ServiceError",
    "SubmissionEnded",
    "SubmissionEvent",
    "TooLargeError",
    "submission",
]
