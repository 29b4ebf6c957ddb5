"""Solutions: programs that a package is asked to judge, its own or others."""

from dataclasses import dataclass
from typing import Protocol

from zuko.errors import ProblemError
from zuko.execution.loaded import named_for
from zuko.languages.entry import with_entry
from zuko.languages.table import Language, find_language
from zuko.package.includes import NOTHING, Includes, including
from zuko.package.programs import LANGUAGES as CODES
from zuko.problem import Program
from zuko.types import SourceFile


@dataclass(frozen=True, slots=True)
class Solution:
    """A program that solves a problem, in a language of ours."""

    path: str  # for messages
    language: Language
    files: tuple[SourceFile, ...]  # the main one first
    code_bytes: int  # of the files that were submitted

    @property
    def code(self) -> str:
        """The problem package format's code of its language; "" if it has none."""
        return next((code for code, name in CODES.items() if name == self.language.name), "")


def solution_of(path: str, program: Program, includes: Includes = NOTHING) -> Solution:
    """Return a program as a solution.

    Args:
        path: for messages.
        program: as it was submitted.
        includes: what its package adds.

    Raises:
        ProblemError: it has no files, its language is not supported, or files of the package cannot be added.
    """
    language = find_language(program.language)
    if language is None or not program.files:
        raise ProblemError(path, "has no files" if language else f"is in {program.language}, which is not supported")
    code_bytes = sum(len(file.content) for file in program.files)
    whole = including(program, includes.of(language.name))
    language = with_entry(language, whole.entry)
    return Solution(path, language, named_for(language, whole.files), code_bytes)


class Allowance(Protocol):
    """The rules of a package for solutions: those of a `Package`, or kept from one."""

    @property
    def languages(self) -> tuple[str, ...] | None:
        """The format's codes of the allowed languages; None: all."""

    @property
    def code_bytes(self) -> int:
        """The maximum of a solution's files together."""


def refused(package: Allowance, solution: Solution) -> str:
    """Return why the package does not allow a solution, with the key of problem.yaml; "" if it does."""
    if package.languages is not None and solution.code not in package.languages:
        return f"is in {solution.language.title}; problem.yaml, languages: {', '.join(package.languages)}"
    if solution.code_bytes > package.code_bytes:
        return f"has {solution.code_bytes} bytes; problem.yaml, limits.code: {package.code_bytes} bytes"
    return ""
