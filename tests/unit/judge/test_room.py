"""Cases that do not fit the workspace of a program of the problem setter."""

import pytest

from zuko.errors import ProblemError
from zuko.judge.custom import check_cases
from zuko.problem import BuiltinChecker, Convention, CustomChecker, Problem, ProblemLimits, Program, TestCase
from zuko.types import SourceFile

MIB = 1 << 20
CHECKER = CustomChecker(Program("python", (SourceFile("main.py", b""),)), (), Convention.KATTIS)


def problem(checker: CustomChecker | BuiltinChecker, interactor: CustomChecker | None = None) -> Problem:
    cases = (TestCase("a", b"", b""), TestCase("secret/b", bytes(MIB), b"x"))
    return Problem("p", cases, ProblemLimits(1000, 1000, 64 * MIB), checker, interactor=interactor)


def test_a_case_that_a_jury_program_has_no_room_for_is_refused() -> None:
    for each in (problem(CHECKER), problem(BuiltinChecker(), CHECKER)):
        check_cases(each, MIB + 4096)
        with pytest.raises(ProblemError, match=r"^data/secret/b: .* 1052672 bytes, .*ZUKO_WORKSPACE_MIB"):
            check_cases(each, MIB)


def test_without_a_jury_program_no_file_is_needed() -> None:
    check_cases(problem(BuiltinChecker()), 4096)
