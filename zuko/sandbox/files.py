"""The workspace: which names a submission's files may have. Pure."""

import re
from typing import Final

# No directory, nothing hidden, and nothing that a compiler would take for an option.
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,99}")


def name_problem(name: str) -> str | None:
    """What is wrong with a file's name; None: nothing."""
    if _NAME.fullmatch(name):
        return None
    return "is not a valid file name: 1 to 100 of A-Z a-z 0-9 . _ + -, the first a letter, a digit or _"
