"""Calls that run and judge programs, and what every call needs: paths, and the reading of a response."""

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote

import httpx2
from pydantic import BaseModel, ValidationError

from zuko.client.errors import not_ours
from zuko.client.options import body_of, run_time_s
from zuko.client.retries import Call
from zuko.wire.execute import ExecuteRequest, ExecuteResponse
from zuko.wire.judge import JudgeRequest
from zuko.wire.service import LanguagesResponse

JSON: Final[Mapping[str, str]] = {"content-type": "application/json"}
EVENTS: Final[Mapping[str, str]] = {"accept": "text/event-stream"}


def run(request: ExecuteRequest) -> Call[ExecuteResponse]:
    """Return the call that runs a program."""
    return Call(
        "POST",
        "/api/v1/execute",
        reads(ExecuteResponse),
        content=body_of(request),
        headers=JSON,
        allowance_s=run_time_s(request),
        repeatable=False,
    )


def run_stream(request: ExecuteRequest) -> Call[None]:
    """Return the call that runs a program and answers with events."""
    return Call(
        "POST", "/api/v1/execute", reads_nothing, content=body_of(request), headers={**JSON, **EVENTS}, repeatable=False
    )


def judge(request: JudgeRequest) -> Call[None]:
    """Return the call that judges a program and answers with events."""
    return Call(
        "POST", "/api/v1/judge", reads_nothing, content=body_of(request), headers={**JSON, **EVENTS}, repeatable=False
    )


def languages() -> Call[LanguagesResponse]:
    """Return the call that lists the languages and limits."""
    return Call("GET", "/api/v1/languages", reads(LanguagesResponse))


def segment(name: str) -> str:
    """Return a name as a part of a path."""
    return quote(name, safe="@")


def reads[Model: BaseModel](model: type[Model]) -> Callable[[httpx2.Response], Model]:
    """Return what reads a response as a model; it raises `ServiceError` for what is not one."""

    def read(response: httpx2.Response) -> Model:
        try:
            return model.model_validate_json(response.content)
        except ValidationError as error:
            raise not_ours(response) from error

    return read


def reads_nothing(_: httpx2.Response) -> None:
    """Read nothing of a response."""
