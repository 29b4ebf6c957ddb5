"""Reading problem packages and solutions from paths."""

import tempfile
from pathlib import Path

from zuko.cli.sources import choose_language, unknown_extension
from zuko.errors import ProblemError
from zuko.package import Package, read_package
from zuko.package.answers import read_answers
from zuko.package.archive import extract, package_directory
from zuko.package.files import PackageFiles, readable
from zuko.package.programs import has_known_extension, read_program
from zuko.package.solutions import Solution, solution_of


def read_problem(path: Path) -> Package:
    """Read the problem package in a directory or an archive.

    Raises:
        ProblemError: something in it is wrong; the place begins with the directory or the archive.
    """
    with readable(str(path)):
        exists, is_file = path.exists(), path.is_file()
    if not exists:
        raise ProblemError(str(path), "does not exist")
    if not is_file:
        return _read_directory(path, path)
    # All of a package is read into memory: the directory is not needed afterwards.
    with tempfile.TemporaryDirectory(prefix="zuko-") as directory:
        top = Path(directory) / (path.name.partition(".")[0] or "package")
        top.mkdir()
        extract(path, top, name=str(path))
        return _read_directory(package_directory(top), path)


def _read_directory(directory: Path, shown: Path) -> Package:
    try:
        return read_package(directory)
    except ProblemError as error:
        raise _at(str(shown / error.where), error) from error


def read_solution(package: Package, problem: Path, path: Path, language_name: str | None = None) -> Solution:
    """Read a solution from a file or a directory of files, and add what the package adds.

    Args:
        package: of the problem.
        problem: the package's directory. Constants have their values in a submission of its own.
        path: of the solution.
        language_name: None: by its file names.

    Raises:
        ProblemError: it is too large, its file names are of no or of several languages, or the package's files cannot
            be added.
        SubmissionError: the language, or the file's extension, is unknown.
    """
    with readable(str(path)):
        exists, is_file, whole = path.exists(), path.is_file(), path.resolve()
    if not exists:
        raise ProblemError(str(path), "does not exist")
    language = None if language_name is None else choose_language(path, language_name)
    if package.submits_answers:
        answers = read_answers(PackageFiles(whole.parent), whole.name, package.problem.limits.output_bytes)
        return solution_of(str(path), answers)
    if language is None and is_file and not has_known_extension(whole.name):
        raise unknown_extension(path)
    try:
        files = PackageFiles(whole.parent)
        if whole.is_relative_to(problem.resolve()):
            files.constants = package.constants
        program = read_program(files, whole.name, language=None if language is None else language.name)
    except ProblemError as error:
        raise _at(str(path) + error.where.removeprefix(whole.name), error) from error
    return solution_of(str(path), program, package.includes)


def _at(place: str, error: ProblemError) -> ProblemError:
    return ProblemError(place, str(error).removeprefix(f"{error.where}: "))
