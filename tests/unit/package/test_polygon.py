"""Packages of Polygon."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests import ROOT
from zuko.errors import ProblemError
from zuko.package import Package, read_package
from zuko.package.expectations import unmet
from zuko.problem import Aggregation, CaseResult, Convention, CustomChecker, Judgement, Verdict

XML: Final = (ROOT / "tests/corpus/problems/polygon/problem.xml").read_text()
AC, WA, RTE, TLE = Verdict.AC, Verdict.WA, Verdict.RTE, Verdict.TLE


def read(root: Path, xml: str, **files: str) -> Package:
    contents = {
        "problem.xml": xml,
        **{f"tests/0{n}{end}": f"{n}\n" for n in (1, 2) for end in ("", ".a")},
        **{f"files/{name}": "" for name in ("check.py", "validate.py")},
        **{f"solutions/{name}": "" for name in ("main.py", "plus3.py", "old.fs")},
        **{name.replace("__", "/").replace("_", "."): content for name, content in files.items()},
    }
    for path, content in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    return read_package(root)


def test_the_package_of_the_corpus() -> None:
    package = read_package(ROOT / "tests/corpus/problems/polygon")
    problem = package.problem
    assert (package.version, package.title, problem.name) == ("polygon", "Double", "double")
    assert (problem.limits.cpu_time_ms, problem.limits.memory_bytes) == (2000, 256 << 20)
    assert [(case.name, case.input, case.answer) for case in problem.cases] == [
        ("tests/01", b"3\n", b"6\n"),
        ("tests/02", b"7\n", b"14\n"),
    ]
    assert isinstance(problem.checker, CustomChecker)
    assert problem.checker.convention is Convention.TESTLIB
    assert [each.valid for each in package.input_validators] == [0]
    assert [(each.path, each.program is None) for each in package.submissions] == [
        ("solutions/main.py", False),
        ("solutions/plus3.py", False),
        ("solutions/old.fs", True),
    ]


def test_headers_are_beside_every_program_in_cpp(tmp_path: Path) -> None:
    xml = XML.replace("files/check.py", "files/check.cpp").replace("files/olymp.sty", "files/testlib.h")
    package = read(tmp_path, xml, files__check_cpp="", files__testlib_h="#define X")
    assert isinstance(package.problem.checker, CustomChecker)
    assert [file.name for file in package.problem.checker.program.files] == ["check.cpp", "testlib.h"]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [(b"1 2\r\n3\r\n", b"1 2\n3\n"), (b"1\r\n2\n", b"1\r\n2\n"), (b"1\r2\r\n", b"1\r2\r\n"), (b"1", b"1")],
)
def test_line_ends_of_windows_are_those_of_the_system(written: bytes, read_as: bytes, tmp_path: Path) -> None:
    read(tmp_path, XML)
    for name in ("01", "01.a"):
        (tmp_path / "tests" / name).write_bytes(written)
    case, _ = read_package(tmp_path).problem.cases
    assert (case.input, case.answer) == (read_as, read_as)


def test_the_package_s_own_solutions_may_be_large(tmp_path: Path) -> None:
    assert read(tmp_path / "small", XML).code_bytes == 64 << 10
    assert read(tmp_path / "large", XML, solutions__main_py="#" * 70_000).code_bytes == 70_000


def test_points_and_groups(tmp_path: Path) -> None:
    xml = XML.replace('sample="true"/>', 'sample="true" points="0.0" group="0"/>')
    xml = xml.replace('method="generated"/>', 'method="generated" points="40.0" group="1"/>')
    groups = '<groups><group name="0" points-policy="each-test"/><group name="1" points-policy="complete-group">'
    xml = xml.replace(
        "</tests>", f'</tests>{groups}<dependencies><dependency group="0"/></dependencies></group></groups>'
    )
    problem = read(tmp_path, xml).problem
    assert problem.scored
    assert [(each.name, each.aggregation, each.points, each.requires) for each in problem.groups] == [
        ("0", Aggregation.SUM, 0, ()),
        ("1", Aggregation.PASS_FAIL, 40, ("0",)),
    ]
    assert [(case.points, case.group) for case in problem.cases] == [(0, "0"), (40, "1")]


@pytest.mark.parametrize(
    ("tag", "verdicts", "holds"),
    [
        ("main", (AC, AC), True),
        ("accepted", (AC, WA), False),
        ("wrong-answer", (AC, WA), True),
        ("wrong-answer", (RTE, WA), False),
        ("time-limit-exceeded-or-accepted", (AC, AC), True),
        ("time-limit-exceeded", (AC, TLE), True),
        ("rejected", (AC, RTE), True),
        ("rejected", (AC, AC), False),
        ("failed", (RTE, AC), True),
    ],
)
def test_tags(tag: str, verdicts: tuple[Verdict, ...], holds: bool, tmp_path: Path) -> None:
    """Judging ends at the first test that is not accepted: a tag is about that one."""
    (claims,) = [each.expectations for each in read(tmp_path, XML.replace('"wrong-answer"', f'"{tag}"')).submissions][
        1:2
    ]
    cases = tuple(CaseResult(f"tests/0{n}", None, verdict, "", 1, 1, 1) for n, verdict in enumerate(verdicts, 1))
    assert (unmet(claims, Judgement(AC, "", None, None, cases)) == ()) is holds


@pytest.mark.parametrize(
    ("wrong", "instead", "message"),
    [
        ("<problem", "<contest", "is not valid XML: mismatched tag"),
        ('standalone="no"?>', 'standalone="no"?><!DOCTYPE x>', "document types and entities are not supported"),
        ("2000", "soon", "time-limit: must be a number from 1 to 3600000, not 'soon'"),
        ('input-file=""', 'input-file="input.txt"', "input-file: submissions that read or write files are not"),
        ('name="tests"', 'name="pretests"', "has no testset 'tests'"),
        ("tests/%02d<", "tests/%s%s<", "input-path-pattern: must be a pattern such as tests/%02d"),
        ("<solutions>", "<interactor/><solutions>", "<interactor> has no <source>"),
        ('<test method="manual"', '<test points="x"', "test 1: points must be a number that is not negative, not 'x'"),
    ],
)
def test_refused(wrong: str, instead: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match=rf"^problem\.xml: {re.escape(message)}"):
        read(tmp_path, XML.replace(wrong, instead))


def test_tests_that_generators_make_are_missing(tmp_path: Path) -> None:
    xml = XML.replace('<test cmd="gen 7" method="generated"/>', '<test method="generated"/>' * 2)
    with pytest.raises(ProblemError, match=r"^tests/03: is missing: build a full package"):
        read(tmp_path, xml)
