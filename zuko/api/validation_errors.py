"""The errors that pydantic finds in a request, with messages for users of the API where pydantic's are not."""

import difflib
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, RootModel, Tag, ValidationError
from pydantic_core import ErrorDetails

from zuko.wire.submissions import PATTERN_MESSAGES

ERRORS_MAX: Final = 20  # more are one mistake, repeated, and are not all listed
ERRORS_SHOWN: Final = 5  # if there are more than that
_LISTED_MAX: Final = 10_000  # 2 µs each: a body with a million errors gets their number alone
_NAME_COMPARED: Final = 64  # characters

# Names that other services have for our fields, where they do not look alike; those that a model has are suggested.
_ELSEWHERE: Final = {
    "answer": ("output",),
    "expected": ("output",),
    "input": ("input_data",),
    "source": ("code",),
    "stdin": ("input_data", "input"),
    "tests": ("cases",),
    "timeout": ("time_limit_ms",),
    "tolerance": ("absolute_tolerance", "relative_tolerance"),
}


def field_errors(model: type[BaseModel], error: ValidationError) -> list[dict[str, Any]]:
    """Return the errors in a body, each with its place, message and type.

    Of many, return the first and the number of the others.

    Args:
        model: the body's model.
        error: the errors that pydantic has found.
    """
    count = error.error_count()
    if count > _LISTED_MAX:
        return [_too_many(f"{count} errors")]
    listed = error.errors(include_url=False, include_input=False)[: count if count <= ERRORS_MAX else ERRORS_SHOWN]
    shown = [_field_error(model, found) for found in listed]
    return shown if len(shown) == count else [*shown, _too_many(f"{count - len(shown)} more errors")]


def _too_many(message: str) -> dict[str, Any]:
    return {"loc": ("body",), "msg": message, "type": "too_many_problems"}


def _field_error(model: type[BaseModel], found: ErrorDetails) -> dict[str, Any]:
    place, owner = _place(model, found["loc"])
    message = found["msg"]
    match found["type"]:
        case "extra_forbidden":
            message = _unknown(str(place[-1]), list(owner.model_fields))
        case "too_short":
            message = f"at least {_entries(found['ctx']['min_length'])} needed"
        case "too_long":
            message = f"at most {_entries(found['ctx']['max_length'])} allowed"
        case "string_pattern_mismatch":
            message = PATTERN_MESSAGES.get(found["ctx"]["pattern"], message)
        case "greater_than_equal" | "less_than_equal":
            message = _bounds(owner, str(place[-1])) or message
    return {"loc": ("body", *place), "msg": message, "type": found["type"]}


def _unknown(name: str, fields: list[str]) -> str:
    """Return the message about a field that a model does not have: with the likely one, else with all of them."""
    name = name[:_NAME_COMPARED].lower()
    elsewhere = () if name in fields else _ELSEWHERE.get(name, ())
    meant = [each for each in elsewhere if each in fields] or difflib.get_close_matches(name, fields, 1)
    if meant:
        return f"unknown field (did you mean {' or '.join(meant)}?)"
    return f"unknown field; the fields are {', '.join(fields)}"


def _entries(number: int) -> str:
    return "1 entry is" if number == 1 else f"{number} entries are"


def _bounds(owner: type[BaseModel], name: str) -> str | None:
    """Return a message with both bounds of a field, as for limits; None: it does not have two."""
    field = owner.model_fields.get(name)
    metadata = field.metadata if field else ()
    bounds = {key: getattr(each, key) for each in metadata for key in ("ge", "le") if hasattr(each, key)}
    return f"{name} must be from {bounds['ge']:.0f} to {bounds['le']:.0f}" if len(bounds) == 2 else None


def _place(model: type[BaseModel], loc: tuple[int | str, ...]) -> tuple[list[int | str], type[BaseModel]]:
    """Return the place in the request, and the innermost model that has it or should have it.

    Where a field may have one of several models, pydantic's place has the tag of the chosen one; it is left out.
    """
    place: list[int | str] = []
    owner = model
    # A model that is one of several has no name of its own in pydantic's place.
    at: Any = model.model_fields["root"].annotation if issubclass(model, RootModel) else model
    for part in loc:
        options = list(_options(at))
        chosen = [option for tag, option in options if tag == part]
        if chosen:
            (at,) = chosen
            continue
        place.append(part)
        at = None
        for _, option in options:
            if get_origin(option) is list:
                (at,) = get_args(option)
            elif isinstance(option, type) and issubclass(option, BaseModel):
                owner = option
                field = option.model_fields.get(str(part))
                at = field and field.annotation
    return place, owner


def _options(annotation: Any) -> Iterator[tuple[str | None, Any]]:
    """Yield the types that an annotation allows, each with its tag or None."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        tag = next((each.tag for each in more if isinstance(each, Tag)), None)
        yield from ((tag or own, option) for own, option in _options(inner))
    elif get_origin(annotation) in (Union, UnionType):
        for each in get_args(annotation):
            yield from _options(each)
    else:
        yield None, annotation
