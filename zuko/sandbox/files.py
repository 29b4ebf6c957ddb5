"""The names that a submission's files may have in the workspace. Pure."""

import re
from typing import Final

# Not a path, not hidden, and nothing that a compiler would take for an option.
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,99}")


def name_error(name: str) -> str | None:
    """Return an error message about a file's name, to follow the name; None: the name is valid."""
    if _NAME.fullmatch(name):
        return None
    return "is not a valid file name: 1 to 100 of A-Z a-z 0-9 . _ + -, the first a letter, a digit or _"
