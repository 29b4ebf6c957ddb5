"""Bodies as the clients of other systems send them: lenient where those systems are."""

import binascii
from typing import Final

from fastapi import Request
from pydantic import JsonValue
from pydantic_core import from_json
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from zuko.api.request_body import SMALL_BYTES, TOO_MANY_VALUES, aside, has_too_many_values, receive
from zuko.api.responses import JSON
from zuko.api.service import ClientGoneError

_ALPHABET: Final = bytes.maketrans(b"-_", b"+/")


class BodyError(HTTPException):
    """A body that cannot be read: 400 is not JSON, 408 came too late, 413 is too large or has too many values."""


async def read_body(request: Request) -> bytes:
    """Return the body of a request, which the request then does not keep.

    Raises:
        ClientGoneError: the client has left.
    """
    try:
        return await receive(request)
    except ClientDisconnect as error:
        raise ClientGoneError from error


async def read_json(request: Request) -> JsonValue:
    """Return the body of a request as JSON; raises as `read_sized` does."""
    return (await read_sized(request))[0]


async def read_sized(request: Request) -> tuple[JsonValue, int]:
    """Return the body of a request as JSON, whatever its type is said to be, and its size in bytes.

    Raises:
        ClientGoneError: the client has left.
        BodyError: 400: it is not JSON; 413: it has too many values.
    """
    sent = await read_body(request)
    return await aside(len(sent), parse, sent), len(sent)


def check_json_type(request: Request) -> None:
    """Refuse a body that is not said to be JSON: a page of another site can make a browser send any other.

    Raises:
        HTTPException: 415.
    """
    if not request.headers.get("content-type", "").lower().startswith(JSON):
        raise HTTPException(415, f"requests must be of type {JSON}")


def parse(sent: bytes) -> JsonValue:
    """Return JSON as values.

    Raises:
        BodyError: 400: it is not JSON; 413: it has too many values.
    """
    if len(sent) > SMALL_BYTES and has_too_many_values(sent):
        raise BodyError(413, f"the body {TOO_MANY_VALUES}")
    try:
        value: JsonValue = from_json(sent)
    except ValueError as error:
        raise BodyError(400, f"the body is not JSON: {error}") from error
    return value


def read_whole(text: str) -> int | None:
    """Return a whole number of at most nine digits; None: the text is not one."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def decode_base64(text: str) -> bytes:
    """Return the bytes of base64 in either alphabet, with or without its padding and with white space.

    Raises:
        ValueError: it is not base64.
    """
    if not text.isascii():
        raise ValueError("base64 is ASCII")
    # Not by `split`: each word would take fifty bytes of memory, and words may have one character.
    compact = text.encode().translate(_ALPHABET, b" \t\n\r\f\v").rstrip(b"=")
    return binascii.a2b_base64(compact + b"=" * (-len(compact) % 4), strict_mode=True)
