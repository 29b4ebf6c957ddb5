"""The table of languages in the script that sets a Docker host up, which stands alone."""

import re
from typing import Final

from zuko.languages.table import LANGUAGES

_TABLE: Final = re.compile(r"(?m)^LANGUAGES='[^']*'$")


def write(script: str) -> str:
    """Return the script with a line for each language: its name and its image."""
    rows = "\n".join(f"{each.name} {each.image}" for each in LANGUAGES.values())
    written, count = _TABLE.subn(f"LANGUAGES='{rows}'", script)
    if count != 1:
        raise ValueError("the script has no table of languages, or more than one")
    return written
