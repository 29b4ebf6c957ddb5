"""Solutions: programs that a package is asked to judge, its own or others."""

from dataclasses import dataclass, replace
from typing import Protocol

from zuko.errors import ProblemError
from zuko.execution.loaded import named_for
from zuko.languages.codes import CODES
from zuko.languages.entry import with_entry
from zuko.languages.table import Language, find_language
from zuko.package.answers import ANSWERS, PRINTS, answered
from zuko.package.includes import NOTHING, Includes, including
from zuko.problem import Problem, Program
from zuko.types import SourceFile


@dataclass(frozen=True, slots=True)
class Solution:
    """A program that solves a problem, in a language of ours."""

    path: str  # for messages
    language: Language
    files: tuple[SourceFile, ...]  # the main one first
    code_bytes: int  # of the files that were submitted
    answers: tuple[SourceFile, ...] | None = None  # what was submitted instead of a program, which prints it

    @property
    def shown_language(self) -> str:
        """The name of its language, for people."""
        return self.language.name if self.answers is None else ANSWERS

    @property
    def names(self) -> frozenset[str]:
        """The names of its language: the problem package format's code, which others may have, and ours."""
        return frozenset((CODES.get(self.language.family, ""), self.language.name, *self.language.aliases))

    def problem(self, problem: Problem) -> Problem:
        """Return the problem as this solution is judged by."""
        return problem if self.answers is None else answered(problem, self.answers)


def solution_of(path: str, program: Program, includes: Includes = NOTHING) -> Solution:
    """Return a program as a solution.

    Args:
        path: for messages.
        program: as it was submitted.
        includes: what its package adds.

    Raises:
        ProblemError: it has no files, its language is not supported, or files of the package cannot be added.
    """
    if program.language == ANSWERS:
        prints = solution_of(path, PRINTS)
        # The limit of the code is for programs; answers have that of the output.
        return replace(prints, code_bytes=0, answers=program.files)
    language = find_language(program.language)
    if language is None or not program.files:
        raise ProblemError(path, "has no files" if language else f"is in {program.language}, which is not supported")
    code_bytes = sum(len(file.content) for file in program.files)
    whole = including(program, includes.of(language.name))
    language = with_entry(language, whole.entry, has_scripts=whole.has_scripts)
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
    if package.languages is not None and solution.answers is None and not solution.names & set(package.languages):
        return f"is in {solution.language.title}; problem.yaml, languages: {', '.join(package.languages)}"
    if solution.code_bytes > package.code_bytes:
        return f"has {solution.code_bytes} bytes; problem.yaml, limits.code: {package.code_bytes} bytes"
    return ""
