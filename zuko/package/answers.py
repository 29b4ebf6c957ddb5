"""Submissions of a submit-answer problem: the answers themselves, instead of a program that makes them.

A file is the answer of every case. A directory has a file for each case, with the case's name below data/secret or
data/sample, and perhaps an ending:

    secret/group1/1    secret/group1/1.out, group1/1.out or 1.out, if no other case is called 1

A case without a file has an empty answer. So that answers are checked like any other output, a program of ours prints
them, each as the output of its case.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from zuko.errors import ProblemError
from zuko.package.files import PackageFiles
from zuko.package.programs import files_below
from zuko.package.trials import OUTPUT_FILE
from zuko.problem import Problem, Program
from zuko.types import CASES_MAX, SourceFile

ANSWERS: Final = "answers"  # in place of a language
_ENDINGS: Final = (".out", ".ans", ".txt", "")
_BRANCHES: Final = ("secret/", "sample/")
# A program that stands in for a submission: its output is that of the case.
PRINTS: Final = Program(
    "python",
    (
        SourceFile(
            "main.py",
            f"""\
import sys
with open({OUTPUT_FILE!r}, "rb") as file:
    while block := file.read(1 << 20):
        sys.stdout.buffer.write(block)
""".encode(),
        ),
    ),
)


def read_answers(files: PackageFiles, path: str, limit_bytes: int) -> Program:
    """Read the answers at a path.

    Args:
        files: the package, or the directory that the path is in.
        path: a file, or a directory of files.
        limit_bytes: of each file.

    Raises:
        ProblemError: there are too many files, or one is too large.
    """
    if not files.is_dir(path):
        return Program(ANSWERS, (SourceFile("", files.read(path, limit_bytes)),))
    found = [
        SourceFile(name, files.read(f"{path}/{name}", limit_bytes)) for name in files_below(files, path, CASES_MAX)
    ]
    if not found:
        raise ProblemError(path, "has no answers")
    return Program(ANSWERS, tuple(found))


def answered(problem: Problem, answers: tuple[SourceFile, ...]) -> Problem:
    """Return a problem in which the run of `PRINTS` on each case prints the answer to it."""
    contents = {file.name: file.content for file in answers}
    if list(contents) == [""]:
        given = {case.name: contents[""] for case in problem.cases}
    else:
        last = Counter(case.name.rpartition("/")[2] for case in problem.cases)
        given = {case.name: _answer(case.name, contents, last) for case in problem.cases}
    cases = (replace(case, files=(SourceFile(OUTPUT_FILE, given[case.name]),)) for case in problem.cases)
    return replace(problem, cases=tuple(cases))


def _answer(case: str, contents: Mapping[str, bytes], last: Counter[str]) -> bytes:
    names = [case, *(case.removeprefix(branch) for branch in _BRANCHES if case.startswith(branch))]
    if last[base := case.rpartition("/")[2]] == 1:
        names.append(base)
    return next((contents[name + end] for name in names for end in _ENDINGS if name + end in contents), b"")
