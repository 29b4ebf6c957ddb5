"""Errors translated to HTTP: once, here."""

import functools
from typing import Final

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts

from zuko.api.paths import path_of
from zuko.api.requests import ID_HEADER, RECORD, RouteNames
from zuko.api.responses import FAILED, Responses
from zuko.errors import CursorError, KeyConflictError, ProblemError, StorageFullError, SubmissionError, UnavailableError
from zuko.wire.service import FieldError, FieldErrors

NAME_SHOWN: Final = 64  # characters of a field's name that a refusal repeats
_UNKNOWN_PARAMETER: Final = ("query", "extra_forbidden")  # "Extra inputs are not permitted"


class RefusedError(Exception):
    """A request that a route refuses: what it names does not exist, or is not in a state for it."""

    def __init__(self, status_code: int, *place: str | int, message: str, kind: str) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.place = place
        self.kind = kind


def refusal(status_code: int, *place: str | int, message: str, kind: str) -> Response:
    """Return the response to a request with one error.

    Where the rest of a body would have to be read first, the connection is closed.
    """
    errors = FieldErrors(detail=[FieldError(loc=list(place), msg=message, type=kind)])
    headers = {"connection": "close"} if status_code in (408, 413) else None
    return JSONResponse(errors.model_dump(), status_code, headers)


def answer_refused(responses: Responses, error: Exception) -> Response:
    """Return the response to a request that is refused before a route serves it.

    Args:
        responses: makes the response while the store does not answer.
        error: a `RefusedError` or an `UnavailableError`.
    """
    if isinstance(error, RefusedError):
        return refusal(error.status_code, *error.place, message=str(error), kind=error.kind)
    if isinstance(error, UnavailableError):
        return responses.unavailable(error)
    raise error


def translate_errors(app: FastAPI, responses: Responses) -> None:
    """Have the app answer errors.

    422 for a request that is wrong, 409 for one that contradicts another, 404 for an unknown id, 503 while nothing can
    be run or stored, 429 while nothing of this client can, 500 for a bug.
    """

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> Response:
        # `input` and `ctx` are left out and names are cut: an echo of 5 MB is of no use.
        detail = [
            {
                "loc": [part[:NAME_SHOWN] if isinstance(part, str) else part for part in found["loc"]],
                "msg": "unknown parameter" if (found["loc"][0], found["type"]) == _UNKNOWN_PARAMETER else found["msg"],
                "type": found["type"],
            }
            for found in error.errors()
        ]
        return JSONResponse({"detail": detail}, 422)

    @app.exception_handler(SubmissionError)
    async def out_of_bounds(_: Request, error: SubmissionError) -> Response:
        detail = [{"loc": ["body", error.field], "msg": str(error), "type": "out_of_bounds"}]
        return JSONResponse({"detail": detail}, 422)

    @app.exception_handler(KeyConflictError)
    async def key_conflict(_: Request, error: KeyConflictError) -> Response:
        return refusal(409, "header", error.field, message=str(error), kind="key_conflict")

    @app.exception_handler(StorageFullError)
    async def storage_full(_: Request, error: StorageFullError) -> Response:
        return refusal(413, "body", message=str(error), kind="storage_full")

    @app.exception_handler(CursorError)
    async def wrong_cursor(_: Request, error: CursorError) -> Response:
        return refusal(422, "query", error.field, message=str(error), kind="out_of_bounds")

    @app.exception_handler(RefusedError)
    async def refused(_: Request, error: RefusedError) -> Response:
        return refusal(error.status_code, *error.place, message=str(error), kind=error.kind)

    @app.exception_handler(ProblemError)
    async def wrong_problem(_: Request, error: ProblemError) -> Response:
        return refusal(422, "body", error.where, message=str(error), kind="problem")

    @app.exception_handler(UnavailableError)
    async def unavailable(_: Request, error: UnavailableError) -> Response:
        return responses.unavailable(error)

    @functools.cache
    def methods() -> tuple[RouteNames, dict[str, set[str]]]:
        """Return what finds the route of a path, and the methods of each: the router knows those of the first only."""
        found: dict[str, set[str]] = {}
        for route in iter_route_contexts(app.routes):
            if route.path and route.methods:
                found.setdefault(route.path, set()).update(route.methods)
        return RouteNames(found), found

    @app.exception_handler(405)
    async def wrong_method(request: Request, error: HTTPException) -> Response:
        response = await http_exception_handler(request, error)
        names, allowed = methods()
        route = names.of(path_of(request.scope))
        if route in allowed:
            response.headers["allow"] = ", ".join(sorted(allowed[route]))
        return response

    @app.exception_handler(Exception)
    async def failed(request: Request, _: Exception) -> Response:
        response = responses.make(FAILED, 500)  # starlette raises the error again, for the log
        if (record := request.scope.get(RECORD)) is not None:  # it answers outside of all middleware
            response.headers[ID_HEADER] = record.id
        return response
