"""Codes of languages in the Kattis problem package format ("Languages", an appendix of the format)."""

from collections.abc import Mapping
from typing import Final

# Our name of a language, without a version -> the format's code, which several of ours may share.
CODES: Final[Mapping[str, str]] = {
    "c": "c",
    "cpp": "cpp",
    "cpp17": "cpp",
    "cpp23": "cpp",
    "go": "go",
    "java": "java",
    "javascript": "javascript",
    "python": "python3",
    "pypy": "python3",
    "rust": "rust",
}
