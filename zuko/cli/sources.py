"""A submission's files, from where they lie."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zuko.errors import ProblemError, SubmissionError
from zuko.judge.loaded import named_for
from zuko.judge.model import Program
from zuko.judge.package import Package, read_package
from zuko.judge.package.files import PackageFiles
from zuko.judge.package.programs import LANGUAGES as CODES
from zuko.judge.package.programs import read_program
from zuko.languages import LANGUAGES, Language, find_language, language_of_file
from zuko.types import SourceFile

FILE_MAX_BYTES: Final = 64 << 20  # more is not read: no setting allows more


def choose_language(path: Path, name: str | None) -> Language:
    """The language of that name, else that of the file's ending.

    Raises:
        SubmissionError: there is none.
    """
    if name is not None:
        language = find_language(name)
        if language is None:
            raise SubmissionError("language", f"--language: no language {name[:64]!r}; there are {known_languages()}")
        return language
    language = language_of_file(path.name)
    if language is None:
        raise SubmissionError(
            "language", f"{path}: its ending tells no language; give one with --language: {known_languages()}"
        )
    return language


def known_languages() -> str:
    """The names of all languages, for people."""
    return ", ".join(sorted(LANGUAGES))


def read_file(path: Path) -> bytes:
    """A file's content.

    Raises:
        SubmissionError: it cannot be read, or is too large.
    """
    try:
        with path.open("rb") as file:
            content = file.read(FILE_MAX_BYTES + 1)
    except OSError as error:
        raise SubmissionError("code", f"{path}: cannot be read: {error.strerror}") from error
    if len(content) > FILE_MAX_BYTES:
        raise SubmissionError("code", f"{path}: is larger than {FILE_MAX_BYTES} bytes")
    return content


def read_extra(paths: tuple[Path, ...]) -> tuple[SourceFile, ...]:
    """Files that stand beside the program, under the names that they have.

    Raises:
        SubmissionError: see `read_file`.
    """
    return tuple(SourceFile(path.name, read_file(path)) for path in paths)


@dataclass(frozen=True, slots=True)
class Solution:
    """A submission to a problem."""

    path: str  # as people know it
    language: Language
    files: tuple[SourceFile, ...]  # the main one first

    @property
    def code(self) -> str:
        """The problem package format's code of its language; "" if it has none."""
        return next((code for code, name in CODES.items() if name == self.language.name), "")


def read_problem(path: Path) -> Package:
    """The problem package in a directory.

    Raises:
        ProblemError: something in it is wrong; the place begins with the directory.
    """
    if not path.is_dir():
        raise ProblemError(str(path), "is no directory: unpack an archive first" if path.exists() else "is missing")
    try:
        return read_package(path)
    except ProblemError as error:
        raise ProblemError(f"{path / error.where}", str(error).removeprefix(f"{error.where}: ")) from error


def read_solution(path: Path, language_name: str | None = None) -> Solution:
    """A solution that is a file, or a directory of files.

    Raises:
        ProblemError: it is too large, in more than one language, or in none that its names tell.
        SubmissionError: there is no language of that name.
    """
    if not path.exists():
        raise ProblemError(str(path), "is missing")
    whole = path.resolve()
    language = None if language_name is None else choose_language(path, language_name)
    # Its names are not asked where the language is given: any code does.
    program = read_program(
        PackageFiles(whole.parent), whole.name, language=None if language is None else next(iter(CODES))
    )
    if language is not None:
        program = Program(language.name, program.files)
    return solution_of(str(path), program)


def solution_of(path: str, program: Program) -> Solution:
    """A program as a solution."""
    language = find_language(program.language)
    if language is None or not program.files:
        raise ProblemError(path, "has no files" if language else f"is in {program.language}, which there is not")
    return Solution(path, language, named_for(language, program.files))
