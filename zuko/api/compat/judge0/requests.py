"""Requests of Judge0 clients: their bodies, which are JSON or a form, their parameters, and whose they are."""

import functools
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException

from zuko.api.compat.judge0.view import FILES, FieldsError, read_fields
from zuko.api.compat.reading import parse, read_body, read_whole
from zuko.api.errors import RefusedError
from zuko.api.request_body import aside
from zuko.api.submitting import Sender, tenant_of, trace_of
from zuko.settings import Settings

_FORM: Final = "application/x-www-form-urlencoded"
_FORM_FIELDS_MAX: Final = 64
_SHORT: Final = 100  # bytes of a query whose parameters are kept for the next one
_TRUE: Final = frozenset(("true", "1", "t", "yes", "on"))


async def read_object(request: Request) -> dict[str, Any]:
    """Return the body of a request; what is not an object is an empty one.

    Raises:
        ClientGoneError: the client has left.
        HTTPException: 400: it is neither JSON nor a form; 413: it has too many values.
    """
    sent = await read_body(request)
    is_form = request.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM
    read = _parse_form if is_form else _parse_json
    return await aside(len(sent), read, sent)


def _parse_json(sent: bytes) -> dict[str, Any]:
    value = parse(sent) if sent.strip() else {}
    return value if isinstance(value, dict) else {}


def _parse_form(sent: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(sent.decode(), keep_blank_values=True, max_num_fields=_FORM_FIELDS_MAX)
    except ValueError as error:
        raise HTTPException(400, f"the body is not a form: {error}") from error
    # Rails' own names for the fields of an object: submission[stdin].
    return {name.removeprefix("submission[").removesuffix("]"): value for name, value in pairs}


def _query_of(request: Request) -> QueryParams:
    """Return the parameters of a query: a client's submissions all have the same."""
    query: bytes = request.scope["query_string"]
    return _parse_query(query) if len(query) <= _SHORT else request.query_params


@functools.lru_cache(64)
def _parse_query(query: bytes) -> QueryParams:
    return QueryParams(query)


def is_on(request: Request, name: str) -> bool:
    """Return whether a switch of the query is on."""
    return _query_of(request).get(name, "").lower() in _TRUE


def fields_of(request: Request) -> tuple[str, ...]:
    """Return the fields that the client wants to read.

    Raises:
        HTTPException: 400: some do not exist.
    """
    try:
        return read_fields(_query_of(request).get("fields") or request.headers.get("x-judge0-fields"))
    except FieldsError as error:
        raise HTTPException(400, str(error)) from error


def wants_files(request: Request) -> bool:
    """Return whether the client of a batch will read the files that programs leave; its other fields are ignored."""
    names = {name.strip() for name in request.query_params.get("fields", "")[:2000].split(",")}
    return not names.isdisjoint((FILES, "*"))


def whole(request: Request, name: str, default: int, most: int) -> int:
    """Return a number of the query, at least 1.

    Raises:
        HTTPException: 400: it is not one.
    """
    text = request.query_params.get(name) or str(default)
    number = read_whole(text)
    if not number:
        raise HTTPException(400, f"invalid {name}: {text[:20]}")
    return min(number, most)


def sender_of(request: Request, settings: Settings) -> Sender:
    """Return the sender of a request.

    Raises:
        HTTPException: 422: the header that names the tenant is missing.
    """
    try:
        return Sender(tenant_of(request, settings), None, trace_of(request))
    except RefusedError as error:
        raise HTTPException(error.status_code, str(error)) from error
