"""YAML files, checked against pydantic models, with errors that name file, line and key.

Scalars are read as text, and the model decides their types: `name: No` is the word, `memory: 1024` is a number. YAML
1.1's guesses (`No` is false, `1e-6` is text, `12:30` is 750) are not used. Anchors are refused, because nested ones
expand a few lines to gigabytes.

A key that the model does not have is noted: published packages have keys of other tools. It is refused where it would
change a verdict: if it belongs somewhere else, or is almost the name of a key that the model has.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from zuko.errors import ProblemError
from zuko.package.files import PackageFiles

TEST_GROUP_YAML: Final = "test_group.yaml"
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
_BOM: Final = b"\xef\xbb\xbf"
_CLOSE: Final = 0.8  # of `difflib`: `memroy` is memory, `source_url` is not source

Path = tuple[str | int, ...]  # keys and indices


class Document(BaseModel):
    """A YAML mapping. Other keys than the model's are noted, or refused if they would change a verdict."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    elsewhere: ClassVar[Mapping[str, str]] = {}  # keys that belong somewhere else, and where
    # Keys that change no verdict, not even if they are misspelt: also those that every reader ignores.
    harmless: ClassVar[frozenset[str]] = frozenset()


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


Strings = Annotated[tuple[str, ...], BeforeValidator(_one_or_many)]  # a string is a sequence of one


@dataclass(frozen=True, slots=True)
class Values:
    """The content of a file."""

    path: str
    root: Any  # mappings, sequences and scalars: text or None
    lines: Mapping[Path, int]  # of each of them

    def line(self, at: Path) -> int:
        """Return the line of a key, or else of the last one on the way to it that is there."""
        # Pydantic's locations may end with names of types, which are not keys.
        return next((self.lines[at[:end]] for end in range(len(at), -1, -1) if at[:end] in self.lines), 1)

    def place(self, at: Path) -> str:
        """Return the place of a key, for messages."""
        return f"{self.path}, line {self.line(at)}"


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


def read_document[D: Document](files: PackageFiles, path: str, model: type[D], notes: list[str]) -> D:
    """Read a file into its model.

    Args:
        files: the package.
        path: of the file.
        model: of its content.
        notes: a note is added for each oddity.

    Raises:
        ProblemError: it is missing, not YAML, or does not match the model; the first wrong place is named.
    """
    values = read_values(files, path, notes)
    return check_values(values, values.root, model, notes)


def read_values(files: PackageFiles, path: str, notes: list[str]) -> "Values":
    """Return the content of a file; {} for an empty one."""
    read = files.read_source if path.endswith(TEST_GROUP_YAML) else files.read  # the only one with constants
    content = read(path, DOCUMENT_MAX_BYTES)
    if content.startswith(_BOM):
        notes.append(f"{path}: begins with a byte-order mark, which the format does not allow")
        content = content.removeprefix(_BOM)
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
    lines: dict[Path, int] = {}
    return Values(path, {} if root is None else _value(root, (), lines, path, notes), lines)


def check_values[D: Document](source: "Values", values: object, model: type[D], notes: list[str], at: Path = ()) -> D:
    """Turn the values of a file, or the part of them at the keys `at`, into a model.

    Raises:
        ProblemError: they do not match the model, or a key that it does not have would change a verdict.
    """
    try:
        document = model.model_validate(values)
    except ValidationError as exc:
        first, *more = sorted(exc.errors(include_url=False), key=lambda error: source.line((*at, *error["loc"])))
        others = f" (and {len(more)} more)" if more else ""
        loc = (*at, *first["loc"])
        raise ProblemError(source.place(loc), f"{_keys(loc)}{_message(first)}{others}") from None
    found = []
    for owner, loc in _unknown_keys(document, ()):
        where, key = source.place((*at, *loc)), _keys((*at, *loc))
        if refusal := refused_key(owner, str(loc[-1])):
            raise ProblemError(where, f"{key}{refusal}")
        found.append(f"{where}: {key}unknown key, ignored")
    notes += found
    return document


def refused_key(model: type[Document], key: str) -> str:
    """Return why a key that a model does not have would change a verdict, as a message; "" if it would not."""
    if key in model.harmless:
        return ""
    if place := model.elsewhere.get(key):
        return f"belongs in {place}"
    known = [name for name in model.model_fields if name not in model.harmless]
    meant = difflib.get_close_matches(key, known, n=1, cutoff=_CLOSE)
    return f"unknown key; did you mean {meant[0]}?" if meant else ""


def _unknown_keys(value: object, at: Path) -> Iterator[tuple[type[Document], Path]]:
    """Yield the place of each key that its model does not have, with the model."""
    match value:
        case Document():
            for key in value.model_extra or ():
                yield type(value), (*at, key)
            for key in type(value).model_fields:
                yield from _unknown_keys(getattr(value, key), (*at, key))
        case dict():
            for key, inner in value.items():
                yield from _unknown_keys(inner, (*at, key))
        case tuple() | list():
            for index, inner in enumerate(value):
                yield from _unknown_keys(inner, (*at, index))


def _keys(loc: Path) -> str:
    named = [str(each) for each in loc if isinstance(each, int) or not any(mark in each for mark in "[]()")]
    return f"{'.'.join(named)}: " if named else ""


def _message(error: Any) -> str:
    match error["type"]:
        case "missing":
            return "is missing"
        case "model_type":
            return "must be a mapping, with a key on each line"
    given = error["input"]
    message = _MESSAGES.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    return f"{message}, not {given[:60]!r}" if isinstance(given, str) and error["type"] != "value_error" else message


def _value(node: Node, at: Path, lines: dict[Path, int], path: str, notes: list[str]) -> Any:
    lines[at] = node.start_mark.line + 1
    match node:
        case ScalarNode(value=value, style=style):
            return None if not style and value in _NULLS else value
        case SequenceNode(value=items):
            return [_value(item, (*at, index), lines, path, notes) for index, item in enumerate(items)]
        case MappingNode(value=pairs):
            values: dict[str, Any] = {}
            for key, value in pairs:
                line = key.start_mark.line + 1
                if not isinstance(key, ScalarNode):
                    raise ProblemError(f"{path}, line {line}", "a key must be plain text")
                if key.value in values:  # other readers of packages take the last, too
                    notes.append(f"{path}, line {line}: {key.value} is given twice, this one counts")
                values[key.value] = _value(value, (*at, key.value), lines, path, notes)
                lines[(*at, key.value)] = line
            return values
    raise ProblemError(f"{path}, line {node.start_mark.line + 1}", "is not a mapping, a sequence or a scalar")
