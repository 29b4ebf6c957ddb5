"""Tables of the fields of the API, whose types are in the words of JSON."""

import json
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from scripts.generate.markdown import code
from scripts.generate.pages import KEPT, Table


def request(model: type[BaseModel], heading: str) -> Table:
    """Return the fields that a client may send, with type and default."""
    return Table(
        (heading, "type", "default", "meaning"),
        tuple((code(name), _type(info.annotation), _default(info), KEPT) for name, info in model.model_fields.items()),
    )


def response(model: type[BaseModel], heading: str, *more: str) -> Table:
    """Return the fields of a response, with type; columns that explain come behind."""
    return Table(
        (heading, "type", "meaning", *more),
        tuple(
            (code(name), _type(info.annotation), *[KEPT] * (1 + len(more))) for name, info in model.model_fields.items()
        ),
    )


def described(model: type[BaseModel], heading: str) -> Table:
    """Return the fields of a response with the words of the code."""
    return Table(
        (heading, "type", "meaning"),
        tuple(
            (code(name), _type(info.annotation), info.description or KEPT) for name, info in model.model_fields.items()
        ),
    )


_JSON: Final = {
    AwareDatetime: "string",
    datetime: "string",
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
}


def _type(annotation: Any) -> str:
    return " or ".join(dict.fromkeys(_types(annotation)))


def _types(annotation: Any) -> Iterator[str]:
    """Yield the words of JSON for a type; null comes last, as it stands in annotations."""
    origin = get_origin(annotation)
    if origin is Literal:
        yield ", ".join(code(value) for value in get_args(annotation))
    elif origin in (Union, UnionType):
        for each in get_args(annotation):
            yield from _types(each)
    elif hasattr(annotation, "__metadata__"):  # Annotated
        yield from _types(get_args(annotation)[0])
    elif origin is list:
        yield "list"
    elif origin is dict:
        yield "object"
    elif annotation in _JSON:
        yield _JSON[annotation]
    elif issubclass(annotation, BaseModel):
        yield "object"
    elif issubclass(annotation, Enum):
        yield "string"
    else:
        raise TypeError(f"no word for {annotation}")


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    default = info.get_default(call_default_factory=True)
    # A model as a default is what `{}` means.
    return code("{}" if isinstance(default, BaseModel) else json.dumps(default))
