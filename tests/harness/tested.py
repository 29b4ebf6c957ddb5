"""The languages that a run of the tests is about: `python -m tests.harness.tested` prints their names.

All images together take an hour to build and to test. So CI builds and tests those of `USUAL`, of each way in which a
language is compiled or run at least one; `make test-languages` the others as well. Tests of a language that a run is
not about are not collected, and one whose image is missing fails.
"""

import os
from typing import Final

from zuko.languages.table import LANGUAGES, Language, find_language

VARIABLE: Final = "TEST_LANGUAGES"  # names, separated by commas; "all"; "": the usual ones
USUAL: Final = frozenset(
    {"cpp", "go", "java", "javascript", "pypy", "python", "rust", "scripts"}
)  # images, without zuko-


def choose(names: str) -> tuple[Language, ...]:
    """Return the languages that a run is about, in the order of the table.

    Args:
        names: as in the variable.

    Raises:
        ValueError: a name is not that of a language.
    """
    if names in {"", "all"}:
        return tuple(each for each in LANGUAGES.values() if names == "all" or _name(each.image) in USUAL)
    chosen = {name: find_language(name) for name in names.split(",")}
    if unknown := [name for name, language in chosen.items() if language is None]:
        raise ValueError(f"{VARIABLE}: unknown language {unknown[0]!r}")
    return tuple(each for each in LANGUAGES.values() if each in chosen.values())


def _name(image: str) -> str:
    return image.removeprefix("zuko-").partition(":")[0]


TESTED: Final = choose(os.environ.get(VARIABLE, ""))
NAMES: Final = frozenset(language.name for language in TESTED)


def named(*names: str) -> tuple[Language, ...]:
    """Return those of some languages that this run is about."""
    return tuple(language for language in TESTED if language.name in names)


if __name__ == "__main__":
    print(*(language.name for language in TESTED))
