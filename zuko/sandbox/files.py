"""The names that a submission's files may have in the workspace, with their directories. Pure."""

import re
from collections.abc import Iterable
from typing import Final

from zuko.types import NAME_MAX_BYTES, NAME_PARTS_MAX

# No part is hidden, leads out, or could be taken for an option by a compiler.
_PART: Final = r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,99}"
_NAME: Final = re.compile(rf"{_PART}(?:/{_PART}){{0,{NAME_PARTS_MAX - 1}}}")

_PATTERN_PART: Final = r"[A-Za-z0-9_*?][A-Za-z0-9._+*?-]{0,99}"
_PATTERN: Final = re.compile(rf"{_PATTERN_PART}(?:/{_PATTERN_PART}){{0,{NAME_PARTS_MAX - 1}}}")


def name_error(name: str) -> str | None:
    """Return an error message about a file's name, to follow the name; None: the name is valid."""
    if len(name) <= NAME_MAX_BYTES and _NAME.fullmatch(name):
        return None
    if "/" in name:
        return (
            f"is not a valid file name: up to {NAME_PARTS_MAX} parts between /, {NAME_MAX_BYTES} characters in all, "
            "each part 1 to 100 of A-Z a-z 0-9 . _ + -, the first a letter, a digit or _"
        )
    return "is not a valid file name: 1 to 100 of A-Z a-z 0-9 . _ + -, the first a letter, a digit or _"


def pattern_error(pattern: str) -> str | None:
    """Return an error message about a pattern of files, to follow the pattern; None: it is valid.

    In a part `*` stands for any number of characters and `?` for one byte; a part `**` for any number of directories.
    """
    if len(pattern) <= NAME_MAX_BYTES and _PATTERN.fullmatch(pattern):
        return None
    return (
        f"is not a valid pattern: up to {NAME_PARTS_MAX} parts between /, {NAME_MAX_BYTES} characters in all, "
        "each part 1 to 100 of A-Z a-z 0-9 . _ + - and the wildcards * and ?, not beginning with . or -"
    )


def directories_of(name: str) -> tuple[str, ...]:
    """Return the directories that a file is in, the outermost first."""
    parts = name.split("/")
    return tuple("/".join(parts[:count]) for count in range(1, len(parts)))


def clash(names: Iterable[str]) -> str | None:
    """Return a name that is one of a file, and of a directory of another file; None: no name is."""
    files = frozenset(names)
    return next((each for name in files if "/" in name for each in directories_of(name) if each in files), None)
