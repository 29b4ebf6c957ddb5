"""Kotlin: whether a program has something to start. Pure."""

import re
from typing import Final

from zuko.types import SourceFile

_MAIN: Final = re.compile(rb"\bfun\s+`?main`?\s*\(")


def cannot_start(files: tuple[SourceFile, ...]) -> str:
    """Return why nothing can start the program; "": it may start."""
    if any(_MAIN.search(file.content) for file in files):
        return ""
    return "no file has a function main"
