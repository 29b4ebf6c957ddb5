"""YAML files, checked against pydantic models, with errors that name file, line and key.

Scalars are read as text, and the model decides their types: `name: No` is the word, `memory: 1024` is a number. YAML
1.1's guesses (`No` is false, `1e-6` is text, `12:30` is 750) are not used. Anchors are refused, because nested ones
expand a few lines to gigabytes.
"""

from typing import Annotated, Any, Final

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from zuko.errors import ProblemError
from zuko.package.files import PackageFiles

DOCUMENT_MAX_BYTES: Final = 256 << 10
_DEPTH_MAX: Final = 20
# By the type of pydantic's error: its own messages describe the parser.
_MESSAGES: Final = {
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "bool_parsing": "must be true or false",
}
_NULLS: Final = ("", "~", "null")

_Path = tuple[str | int, ...]


class Document(BaseModel):
    """A YAML mapping with known keys; the format demands that any other key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


Strings = Annotated[tuple[str, ...], BeforeValidator(_one_or_many)]  # a string is a sequence of one


class _Loader(yaml.BaseLoader):
    """A loader that refuses anchors, and nesting that would overflow the stack."""

    _depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        if self.check_event(yaml.AliasEvent) or getattr(self.peek_event(), "anchor", None):  # type: ignore[no-untyped-call]
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="anchors and aliases are not supported", problem_mark=mark)
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise yaml.MarkedYAMLError(problem="nested too deep", problem_mark=self.peek_event().start_mark)  # type: ignore[no-untyped-call]
        node: Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node


def read_document[D: Document](files: PackageFiles, path: str, model: type[D]) -> D:
    """Read a file into its model.

    Raises:
        ProblemError: it is missing, not YAML, or does not match the model; the first wrong place is named.
    """
    values, lines = read_values(files, path)
    return check_values(values, lines, path, model)


def read_values(files: PackageFiles, path: str) -> tuple[Any, dict[_Path, int]]:
    """Return the file's mappings, sequences and scalars (text or None), and the line of each; {} for an empty file."""
    content = files.read(path, DOCUMENT_MAX_BYTES)
    if content.startswith(b"\xef\xbb\xbf"):
        raise ProblemError(path, "begins with a byte-order mark, which the format does not allow")
    try:
        text = content.decode()
    except UnicodeDecodeError as exc:
        raise ProblemError(path, f"is not valid UTF-8 at byte {exc.start}") from None
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        where = f"{path}, line {mark.line + 1}" if mark else path
        raise ProblemError(where, f"is not valid YAML: {exc.problem or exc.context}") from None
    except yaml.YAMLError as exc:
        raise ProblemError(path, f"is not valid YAML: {exc}".splitlines()[0]) from None
    lines: dict[_Path, int] = {}
    return ({} if root is None else _value(root, (), lines, path)), lines


def check_values[D: Document](values: object, lines: dict[_Path, int], path: str, model: type[D], at: _Path = ()) -> D:
    """Turn the values of `read_values`, or the part of them at the keys `at`, into a model.

    Raises:
        ProblemError: they do not match the model.
    """
    try:
        return model.model_validate(values)
    except ValidationError as exc:
        first, *more = sorted(exc.errors(include_url=False), key=lambda error: _line(lines, at, error["loc"]))
        others = f" (and {len(more)} more)" if more else ""
        raise ProblemError(
            f"{path}, line {_line(lines, at, first['loc'])}", f"{_keys((*at, *first['loc']))}{_message(first)}{others}"
        ) from None


def _line(lines: dict[_Path, int], at: _Path, loc: tuple[str | int, ...]) -> int:
    # Pydantic's location may end with names of types, which are not keys: take the last known key.
    full = (*at, *loc)
    return next((lines[full[:end]] for end in range(len(full), -1, -1) if full[:end] in lines), 1)


def _keys(loc: tuple[str | int, ...]) -> str:
    named = [str(each) for each in loc if isinstance(each, int) or not any(mark in each for mark in "[]()")]
    return f"{'.'.join(named)}: " if named else ""


def _message(error: Any) -> str:
    match error["type"]:
        case "extra_forbidden":
            return "unknown key"
        case "missing":
            return "is missing"
        case "model_type":
            return "must be a mapping, with a key on each line"
    given = error["input"]
    message = _MESSAGES.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    return f"{message}, not {given[:60]!r}" if isinstance(given, str) and error["type"] != "value_error" else message


def _value(node: Node, at: _Path, lines: dict[_Path, int], path: str) -> Any:
    lines[at] = node.start_mark.line + 1
    match node:
        case ScalarNode(value=value, style=style):
            return None if not style and value in _NULLS else value
        case SequenceNode(value=items):
            return [_value(item, (*at, index), lines, path) for index, item in enumerate(items)]
        case MappingNode(value=pairs):
            values: dict[str, Any] = {}
            for key, value in pairs:
                line = key.start_mark.line + 1
                if not isinstance(key, ScalarNode):
                    raise ProblemError(f"{path}, line {line}", "a key must be plain text")
                if key.value in values:
                    raise ProblemError(f"{path}, line {line}", f"{key.value} is given twice")
                values[key.value] = _value(value, (*at, key.value), lines, path)
                lines[(*at, key.value)] = line
            return values
    raise ProblemError(f"{path}, line {node.start_mark.line + 1}", "is not a mapping, a sequence or a scalar")
