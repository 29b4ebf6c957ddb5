"""Reading problem packages and solutions from paths."""

from pathlib import Path

from zuko.cli.sources import choose_language, unknown_extension
from zuko.errors import ProblemError
from zuko.package import Package, read_package
from zuko.package.files import PackageFiles, readable
from zuko.package.programs import LANGUAGES as CODES
from zuko.package.programs import has_known_extension, read_program
from zuko.package.solutions import Solution, solution_of
from zuko.problem import Program


def read_problem(path: Path) -> Package:
    """Read the problem package in a directory.

    Raises:
        ProblemError: something in it is wrong; the place begins with the directory.
    """
    with readable(str(path)):
        exists, is_directory = path.exists(), path.is_dir()
    if not is_directory:
        raise ProblemError(str(path), "is not a directory: unpack an archive first" if exists else "does not exist")
    try:
        return read_package(path)
    except ProblemError as error:
        raise _at(str(path / error.where), error) from error


def read_solution(path: Path, language_name: str | None = None) -> Solution:
    """Read a solution from a file or a directory of files.

    Raises:
        ProblemError: it is too large, or its file names are of no or of several languages.
        SubmissionError: the language, or the file's extension, is unknown.
    """
    with readable(str(path)):
        exists, is_file, whole = path.exists(), path.is_file(), path.resolve()
    if not exists:
        raise ProblemError(str(path), "does not exist")
    language = None if language_name is None else choose_language(path, language_name)
    if language is None and is_file and not has_known_extension(whole.name):
        raise unknown_extension(path)
    try:
        # If the language is given, the names do not matter: pass any code.
        program = read_program(
            PackageFiles(whole.parent), whole.name, language=None if language is None else next(iter(CODES))
        )
    except ProblemError as error:
        raise _at(str(path) + error.where.removeprefix(whole.name), error) from error
    if language is not None:
        program = Program(language.name, program.files)
    return solution_of(str(path), program)


def _at(place: str, error: ProblemError) -> ProblemError:
    return ProblemError(place, str(error).removeprefix(f"{error.where}: "))
