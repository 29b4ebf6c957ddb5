"""Submissions that passed admission: programs with everything that their runs need."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zuko.languages.table import Language
from zuko.types import Limits, SourceFile

if TYPE_CHECKING:  # a command that runs a program has no problem
    from zuko.problem import Problem


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Requests of a run that most programs do not make."""

    arguments: tuple[str, ...] = ()  # of the program
    stack_bytes: int | None = None  # see `Limits`
    file_bytes: int | None = None
    processes: int | None = None
    stderr_to_stdout: bool = False
    interleaves: bool = False  # the response also has both outputs as one, in the order in which they came
    raw_output: bool = False  # the response has the outputs as base64
    artifacts: tuple[str, ...] | None = None  # patterns of files to return; None: none
    artifacts_files: int = 0  # the highest number of them
    artifacts_bytes: int = 0

    @property
    def is_plain(self) -> bool:
        """True if the program runs as without options; its response may differ."""
        return not (self.arguments or self.stderr_to_stdout or self.interleaves) and self.artifacts is None


NO_OPTIONS: Final = RunOptions()


@dataclass(frozen=True, slots=True)
class Submission:
    """A program and its one run. Admission has checked it, and no later step checks it again."""

    language: Language
    files: tuple[SourceFile, ...]  # the main one first
    input_data: bytes  # standard input
    limits: Limits  # of the run
    memory_bytes: int  # limit of the run
    options: RunOptions = NO_OPTIONS

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
