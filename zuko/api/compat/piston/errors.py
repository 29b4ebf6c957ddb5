"""Piston's errors: `{"message": …}`, and `{"stack": …}` for a body that it cannot read."""

from typing import Final

from fastapi import Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from zuko.api.compat.reading import BodyError
from zuko.api.responses import FAILED
from zuko.errors import DrainingError, NoCapacityError, SandboxError, SubmissionError, UnavailableError

BUSY: Final = 429  # Piston's clients wait and try again after this, and after no other


def answer(error: Exception) -> Response:
    """Return Piston's response to an error."""
    headers = {}
    match error:
        case BodyError(detail=detail):
            return JSONResponse({"stack": detail}, 400)
        case NoCapacityError() | DrainingError():
            status, text = BUSY, str(error)
            headers = {"retry-after": str(error.retry_after_s)}
        case UnavailableError() | SandboxError():
            status, text = 500, str(error)
        case SubmissionError():
            status, text = 400, str(error)
        case HTTPException(status_code=404 | 405, detail="Not Found" | "Method Not Allowed"):
            status, text = 404, "Not Found"  # Piston's router tells no methods apart
        case HTTPException():
            status, text = error.status_code, error.detail
        case _:
            status, text = 500, str(FAILED.message)
    return JSONResponse({"message": text}, status, headers)


def message(status_code: int, text: str) -> Response:
    """Return a response with a message."""
    return JSONResponse({"message": text}, status_code)
