"""Judge0's tokens: in a header, or in a query parameter of the same name."""

import hmac
from collections.abc import Sequence
from typing import Final

from fastapi import Request
from starlette.exceptions import HTTPException

from zuko.settings import Settings

_AUTHENTICATION: Final = "X-Auth-Token"
_AUTHORIZATION: Final = "X-Auth-User"


def authenticate(request: Request, settings: Settings) -> None:
    """Refuse a request without one of the tokens, if there are any.

    Raises:
        HTTPException: 401.
    """
    if settings.judge0_tokens and not _has_one(request, _AUTHENTICATION, settings.judge0_tokens):
        raise HTTPException(401)


def authorize(request: Request, settings: Settings) -> None:
    """Refuse a request without one of the tokens of administrators; without such tokens, every request.

    Raises:
        HTTPException: 401 or 403.
    """
    authenticate(request, settings)
    if not _has_one(request, _AUTHORIZATION, settings.judge0_admin_tokens):
        raise HTTPException(403)


def _has_one(request: Request, name: str, tokens: Sequence[str]) -> bool:
    sent = (request.headers.get(name) or request.query_params.get(name) or "").encode()
    # All of them are compared, in constant time, so that the time says nothing about any.
    return sum(hmac.compare_digest(sent, token.encode()) for token in tokens) > 0
