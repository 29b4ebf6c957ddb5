"""A route that parses a request's bytes into its model in one step."""

from collections.abc import Callable, Coroutine
from typing import Any, Final, get_type_hints

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from zuko.api.responses import JSON
from zuko.api.service import CLIENT_GONE
from zuko.api.validation_errors import field_errors

LARGE_BYTES: Final = 1 << 20  # a body of this size is parsed in a thread, so that the event loop goes on
SMALL_BYTES: Final = 1 << 16  # a body of this size cannot hold so many values that parsing takes long
# Several times what the largest request has. A parsed value takes 180 bytes, an error about it a thousand. 12 MB of
# `{},` stopped the event loop for seconds, even from a thread, because pydantic keeps the interpreter's lock.
VALUES_MAX: Final = 100_000
TOO_MANY_VALUES: Final = f"has more than {VALUES_MAX} values, which no request needs"
_SCANNED: Final = 1 << 16  # bytes at a time, so that other threads get the lock in between


class BodyRoute(APIRoute):
    """A route whose endpoint is `(body: Model, request) -> Response`.

    FastAPI describes the endpoint, but does not parse its body: FastAPI's dependency machinery took a sixth of the time
    that a response takes in addition to its program.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the function that serves the route (a hook of FastAPI)."""
        return body_handler(self.endpoint)


def body_handler(endpoint: Callable[..., Any]) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """Return the function that reads a request's body and calls an endpoint with it; see `BodyRoute`."""
    model: type[BaseModel] = get_type_hints(endpoint)["body"]

    async def handle(request: Request) -> Response:
        # A page of another site can make a browser send text/plain here; for JSON the browser asks us first (CORS).
        if not _is_json(request.headers.get("content-type", "")):
            raise RequestValidationError(
                [{"loc": ("header", "content-type"), "msg": f"must be {JSON}, in UTF-8", "type": "content_type"}]
            )
        try:
            body = await _read(model, request)
        except ClientDisconnect:
            return CLIENT_GONE
        except ValidationError as error:
            raise RequestValidationError(field_errors(model, error)) from error
        response: Coroutine[Any, Any, Response] = endpoint(body, request)
        del body  # so that the endpoint can free it
        return await response

    return handle


async def _read[T: BaseModel](model: type[T], request: Request) -> T:
    """Return the body as a model.

    Its bytes are freed, which `request.body()` would keep until the response is sent: judging may take minutes.

    Raises:
        ClientDisconnect: the client has disconnected.
        ValidationError: the body does not fit the model.
        RequestValidationError: the body has too many values.
    """
    sent = await receive(request)
    return await aside(len(sent), _parse, model, sent)


async def aside[**P, T](size_bytes: int, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Return what work on a body returns. If the body is large, it is done in a thread."""
    if size_bytes < LARGE_BYTES:
        return work(*arguments, **named)
    return await run_in_threadpool(work, *arguments, **named)


async def receive(request: Request) -> bytes:
    """Return the body, as `request.stream()` would yield it.

    Raises:
        ClientDisconnect: the client has disconnected.
    """
    parts = []
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _parse[T: BaseModel](model: type[T], sent: bytes) -> T:
    if len(sent) > SMALL_BYTES and has_too_many_values(sent):
        raise RequestValidationError([{"loc": ("body",), "msg": TOO_MANY_VALUES, "type": "too_many_values"}])
    return model.model_validate_json(sent)


def has_too_many_values(sent: bytes) -> bool:
    """Return whether JSON has more than VALUES_MAX values, by counting the commas and brackets between its strings.

    The result for bytes that are not JSON means nothing: the parser refuses them at the first wrong byte.
    """
    count, in_string, at = 0, False, 0
    while at < len(sent):
        part = sent[at : at + _SCANNED]
        if (len(part) - len(part.rstrip(b"\\"))) % 2:  # the last backslash escapes the next byte
            part = sent[at : at + _SCANNED + 1]
        at += len(part)
        quoted = part.replace(rb"\\", b"").replace(rb"\"", b"").split(b'"')
        between = b"".join(quoted[in_string::2])
        count += between.count(b",") + between.count(b"[") + between.count(b"{") + len(quoted) // 4
        if count > VALUES_MAX:
            return True
        in_string ^= len(quoted) % 2 == 0
    return False


def _is_json(content_type: str) -> bool:
    if content_type == JSON:
        return True
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = {each.partition("=")[2].strip('"') for each in parameters if each.startswith("charset=")}
    return kind == JSON and charsets <= {"utf-8", "utf8"}
