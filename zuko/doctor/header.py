"""The header of a program of the corpus: its first lines, which are TOML in comments of the program's own language."""

import re
import tomllib
from typing import Any, Final

# The marks of a line comment, with a colon and a space. In Haskell `--:` is an operator, so a space may stand before
# the colon, and OCaml's comments end as well.
_LINE: Final = re.compile(r"(?:#|//|-- ?|;+|%+|!|\*>|\(\*): (.*?)(?: \*\))?")
_BEFORE: Final = re.compile(r"<\?php|#!.*|#lang .*")  # a first line that has to come first in its language


def header_of(source: str) -> dict[str, Any]:
    """Return what the header of a source says.

    Raises:
        ValueError: it has none, or one that is not TOML.
    """
    first, *rest = source.removeprefix("\ufeff").splitlines() or [""]
    lines: list[str] = []
    for line in rest if _BEFORE.fullmatch(first) else [first, *rest]:
        found = _LINE.fullmatch(line)
        if found is None:
            break
        lines.append(found[1])
    if not lines:
        raise ValueError('does not begin with a header, such as "#: claim = …"')
    try:
        return tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"the header is not TOML: {error}") from error
