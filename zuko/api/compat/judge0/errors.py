"""Responses in Judge0's form."""

from typing import Any, Final

from fastapi import Response
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from zuko.api.compat.judge0.storing import errors_of
from zuko.api.responses import FAILED, JSON
from zuko.errors import OverLimitError, QueueFullError, StorageFullError, SubmissionError, UnavailableError

_EMPTY: Final = (401, 403)


def json_response(content: Any, status_code: int = 200) -> Response:
    """Return a response with JSON."""
    # No text has half of a surrogate pair: outputs are from UTF-8, or in base64, and so are names in messages.
    return Response(to_json(content), status_code, media_type=JSON)


def answer(error: Exception) -> Response:
    """Return the response to an error."""
    match error:
        case HTTPException(status_code=status_code, detail=detail):
            empty = status_code in _EMPTY
            return Response(status_code=status_code) if empty else json_response({"error": detail}, status_code)
        case UnavailableError(retry_after_s=retry_after_s):
            message = "queue is full" if isinstance(error, QueueFullError) else str(error)
            response = json_response({"error": message}, 429 if isinstance(error, OverLimitError) else 503)
            response.headers["retry-after"] = str(retry_after_s)
            return response
        case StorageFullError():
            return json_response({"error": str(error)}, 413)
        case SubmissionError():
            return json_response(errors_of(error), 422)
    return json_response({"error": FAILED.message}, 500)
