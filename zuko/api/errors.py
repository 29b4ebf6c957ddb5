"""Errors translated to HTTP: once, here."""

from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from zuko.api.responses import FAILED, Responses
from zuko.errors import SubmissionError, UnavailableError

NAME_SHOWN: Final = 64  # characters of a field's name that a refusal repeats


def translate_errors(app: FastAPI, responses: Responses) -> None:
    """Have the app answer errors: 422 for a request that is wrong, 503 while nothing can be run, 500 for a bug."""

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> Response:
        # `input` and `ctx` are left out and names are cut: an echo of 5 MB is of no use.
        detail = [
            {
                "loc": [part[:NAME_SHOWN] if isinstance(part, str) else part for part in found["loc"]],
                "msg": found["msg"],
                "type": found["type"],
            }
            for found in error.errors()
        ]
        return JSONResponse({"detail": detail}, 422)

    @app.exception_handler(SubmissionError)
    async def out_of_bounds(_: Request, error: SubmissionError) -> Response:
        detail = [{"loc": ["body", error.field], "msg": str(error), "type": "out_of_bounds"}]
        return JSONResponse({"detail": detail}, 422)

    @app.exception_handler(UnavailableError)
    async def unavailable(_: Request, error: UnavailableError) -> Response:
        return responses.unavailable(error)

    @app.exception_handler(Exception)
    async def failed(_: Request, __: Exception) -> Response:
        return responses.make(FAILED, 500)  # starlette raises the error again, for the log
