"""From a request's bytes to its model in one step."""

from collections.abc import Callable, Coroutine
from typing import Any, Final, get_type_hints

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from zuko.api.answers import JSON
from zuko.api.problems import problems
from zuko.api.service import NOBODY_READS

LARGE_BYTES: Final = 1 << 20  # a body of this size is read in a thread: the loop has others to serve


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
    """
    sent = b"".join([part async for part in request.stream()])
    if len(sent) < LARGE_BYTES:
        return model.model_validate_json(sent)
    return await run_in_threadpool(model.model_validate_json, sent)


def _is_json(content_type: str) -> bool:
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = {each.partition("=")[2].strip('"') for each in parameters if each.startswith("charset=")}
    return kind == JSON and charsets <= {"utf-8", "utf8"}
