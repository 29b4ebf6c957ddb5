"""Codes of languages in the Kattis problem package format ("Languages", an appendix of the format)."""

from collections.abc import Mapping
from typing import Final

from zuko.languages.table import LANGUAGES

# Our name of a language, without a version -> the format's code, which several of ours may share.
CODES: Final[Mapping[str, str]] = {each.family: each.code for each in LANGUAGES.values() if each.code}
# The format's code -> our name: that of the first language in the table.
NAMES: Final[Mapping[str, str]] = {each.code: each.family for each in reversed(tuple(LANGUAGES.values())) if each.code}


def main_of_code(language: str) -> str:
    """Return our name of the first language with the same code of the format: "python" for "pypy"."""
    family = language.partition("@")[0]
    return NAMES.get(CODES.get(family, ""), family)
