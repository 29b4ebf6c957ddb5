"""Submissions that passed admission: programs with everything that their runs need."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zuko.languages.table import Language
from zuko.types import Limits, SourceFile

if TYPE_CHECKING:  # a command that runs a program has no problem
    from zuko.problem import Problem


@dataclass(frozen=True, slots=True)
class Submission:
    """A program and its one run. Admission has checked it, and no later step checks it again."""

    language: Language
    files: tuple[SourceFile, ...]  # the main one first
    input_data: bytes  # standard input
    limits: Limits  # of the run
    memory_bytes: int  # limit of the run

    @property
    def size_bytes(self) -> int:
        """Return the size of its files and its input."""
        return len(self.input_data) + sum(len(file.content) for file in self.files)


@dataclass(frozen=True, slots=True)
class JudgeJob:
    """A program and the problem that it is judged by."""

    language: Language
    files: tuple[SourceFile, ...]  # the main one first
    problem: "Problem"
    workers: int = 1  # sandboxes to use at the same time, at most
