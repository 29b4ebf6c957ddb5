"""From a request's bytes to its model in one step."""

from collections.abc import Callable, Coroutine
from typing import Any, Final, get_type_hints

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from zuko.api.responses import JSON
from zuko.api.service import NOBODY_READS
from zuko.api.validation_errors import problems

LARGE_BYTES: Final = 1 << 20  # a body of this size is read in a thread: the loop has others to serve
SMALL_BYTES: Final = 1 << 16  # a body of this size cannot hold so many values that reading them takes long
# Of a body: several times what the largest request has. A value takes 180 bytes where it is read, and an error about it
# a thousand; 12 MB of `{},` stopped the event loop for seconds, in whatever thread, for pydantic keeps the lock.
VALUES_MAX: Final = 100_000
_SCANNED: Final = 1 << 16  # bytes at a time, so that others get the lock in between


class BodyRoute(APIRoute):
    """A route whose endpoint is `(body: Model, request) -> Response`. FastAPI describes it; its body goes from bytes to
    the model without the framework's dependency machinery, which took a sixth of the time that an answer takes beside
    its program."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's hook for what serves a route."""
        model: type[BaseModel] = get_type_hints(self.endpoint)["body"]
        endpoint = self.endpoint

        async def handle(request: Request) -> Response:
            # A page of another site can make a browser send text/plain here, but not JSON without asking first.
            if not _is_json(request.headers.get("content-type", "")):
                raise RequestValidationError(
                    [{"loc": ("header", "content-type"), "msg": f"must be {JSON}, in UTF-8", "type": "content_type"}]
                )
            try:
                body = await _read(model, request)
            except ClientDisconnect:
                return NOBODY_READS
            except ValidationError as error:
                raise RequestValidationError(problems(model, error)) from error
            answer: Coroutine[Any, Any, Response] = endpoint(body, request)
            del body  # the endpoint's to keep or to let go
            return await answer

        return handle


async def _read[T: BaseModel](model: type[T], request: Request) -> T:
    """The body as a model. Its bytes are gone afterwards, where `request.body()` would keep them for the answer's sake:
    a request to judge is served for minutes.

    Raises:
        ClientDisconnect: the client has gone.
        ValidationError: it is no such model.
        RequestValidationError: it has more values than any.
    """
    sent = b"".join([part async for part in request.stream()])
    if len(sent) < LARGE_BYTES:
        return _parse(model, sent)
    return await run_in_threadpool(_parse, model, sent)


def _parse[T: BaseModel](model: type[T], sent: bytes) -> T:
    if len(sent) > SMALL_BYTES and has_too_many_values(sent):
        problem = f"has more than {VALUES_MAX} values, which no request needs"
        raise RequestValidationError([{"loc": ("body",), "msg": problem, "type": "too_many_values"}])
    return model.model_validate_json(sent)


def has_too_many_values(sent: bytes) -> bool:
    """Whether JSON has more than VALUES_MAX values, told from what is between its strings. Of bytes that are no JSON it
    says anything: they are refused at the first wrong one."""
    count, in_string, at = 0, False, 0
    while at < len(sent):
        part = sent[at : at + _SCANNED]
        if (len(part) - len(part.rstrip(b"\\"))) % 2:  # the last one's other half belongs to it
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
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = {each.partition("=")[2].strip('"') for each in parameters if each.startswith("charset=")}
    return kind == JSON and charsets <= {"utf-8", "utf8"}
