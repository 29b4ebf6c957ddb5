"""What is wrong with a request, in words. Pydantic finds it; some of its sentences are about pydantic."""

import difflib
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError
from pydantic_core import ErrorDetails

PROBLEMS_MAX: Final = 20  # more are one mistake, repeated, and are not all told
PROBLEMS_SHOWN: Final = 5  # of more than those
_LISTED_MAX: Final = 10_000  # 2 µs each: of a body with a million mistakes their number is told, and nothing else
_NAME_COMPARED: Final = 64  # characters

# What others call our fields, where that does not look alike: any of these that a model has.
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


def problems(model: type[BaseModel], error: ValidationError) -> list[dict[str, Any]]:
    """What is wrong with a body, each with place, sentence and type, or the beginning of it and how much more there is.

    Args:
        model: of the body.
        error: what pydantic has found.
    """
    count = error.error_count()
    if count > _LISTED_MAX:
        return [_too_many(f"{count} errors")]
    shown = count if count <= PROBLEMS_MAX else PROBLEMS_SHOWN
    told = [_told(model, found) for found in error.errors(include_url=False, include_input=False)[:shown]]
    return told if shown == count else [*told, _too_many(f"{count - shown} more errors")]


def _too_many(message: str) -> dict[str, Any]:
    return {"loc": ("body",), "msg": message, "type": "too_many_problems"}


def _told(model: type[BaseModel], found: ErrorDetails) -> dict[str, Any]:
    place, owner = _place(model, found["loc"])
    message = found["msg"]
    match found["type"]:
        case "extra_forbidden":
            message = _unknown(str(place[-1]), list(owner.model_fields))
        case "too_short":
            message = f"at least {_entries(found['ctx']['min_length'])} needed"
        case "too_long":
            message = f"at most {_entries(found['ctx']['max_length'])} allowed"
        case "greater_than_equal" | "less_than_equal":
            message = _bounds(owner, str(place[-1])) or message
    return {"loc": ("body", *place), "msg": message, "type": found["type"]}


def _unknown(name: str, fields: list[str]) -> str:
    """What to say to a field that a model does not have: the likely one, else all of them."""
    name = name[:_NAME_COMPARED].lower()
    elsewhere = () if name in fields else _ELSEWHERE.get(name, ())
    meant = [each for each in elsewhere if each in fields] or difflib.get_close_matches(name, fields, 1)
    if meant:
        return f"unknown field (did you mean {' or '.join(meant)}?)"
    return f"unknown field; the fields are {', '.join(fields)}"


def _entries(number: int) -> str:
    return "1 entry is" if number == 1 else f"{number} entries are"


def _bounds(owner: type[BaseModel], name: str) -> str | None:
    """Both bounds of a field, where it has two, as it is told of a limit."""
    field = owner.model_fields.get(name)
    metadata = field.metadata if field else ()
    bounds = {key: getattr(each, key) for each in metadata for key in ("ge", "le") if hasattr(each, key)}
    return f"{name} must be from {bounds['ge']:.0f} to {bounds['le']:.0f}" if len(bounds) == 2 else None


def _place(model: type[BaseModel], loc: tuple[int | str, ...]) -> tuple[list[int | str], type[BaseModel]]:
    """Where in the request that is, and the innermost model which has it or should have it.

    Pydantic's places have the tag of what was chosen, where there is a choice. No request has that.
    """
    place: list[int | str] = []
    owner = model
    at: Any = model
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
    """What a value may be by its annotation, each with its tag where there is one."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        tag = next((each.tag for each in more if isinstance(each, Tag)), None)
        yield from ((tag or own, option) for own, option in _options(inner))
    elif get_origin(annotation) in (Union, UnionType):
        for each in get_args(annotation):
            yield from _options(each)
    else:
        yield None, annotation
