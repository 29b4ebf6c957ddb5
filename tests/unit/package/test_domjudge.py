"""Packages in DOMjudge's flavour: its settings, tags and folders."""

from pathlib import Path
from typing import Final

import pytest

from tests.unit.package.packages import LEGACY, read
from zuko.errors import ProblemError
from zuko.package.expectations import folder_expectation, unmet
from zuko.problem import CaseResult, Judgement, Verdict

AC, WA, TLE, MLE = Verdict.AC, Verdict.WA, Verdict.TLE, Verdict.MLE
OLE, RTE, CE, JE = Verdict.OLE, Verdict.RTE, Verdict.CE, Verdict.JE
INI: Final = "domjudge-problem.ini"


def judged(*verdicts: Verdict) -> Judgement:
    cases = tuple(CaseResult(f"secret/{n}", "secret", verdict, "", 1, 1, 1) for n, verdict in enumerate(verdicts, 1))
    return Judgement(max(verdicts, key=lambda each: -each.severity), "", None, None, cases)


def test_settings(tmp_path: Path) -> None:
    """They stand in for problem.yaml, and yield to it and to .timelimit."""
    ini = "; comment\nname = 'A Name'\ntimelimit=\"2.5\"\ncolor = #fff\nexternalid = x\n"
    package = read(tmp_path / "1", {**LEGACY, "problem.yaml": None, INI: ini})
    assert (package.title, package.timing.time_limit_ms, package.notes) == ("A Name", 2500, ())
    package = read(tmp_path / "2", {**LEGACY, INI: ini, ".timelimit": "1"})
    assert (package.title, package.timing.time_limit_ms) == ("Legacy", 1000)
    with pytest.raises(ProblemError, match=r"^domjudge-problem\.ini: timelimit: must be a number of seconds"):
        read(tmp_path / "3", {**LEGACY, INI: "timelimit = soon"})


def test_a_program_of_the_server_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match=r"^domjudge-problem\.ini: special_compare: names a program of a DOMjudge"):
        read(tmp_path, {**LEGACY, INI: "special_compare = 'float'"})
    contents = {
        **LEGACY,
        INI: "special_compare = x",
        "problem.yaml": "validation: custom",
        "output_validators/v.py": "",
    }
    assert read(tmp_path / "own", contents).notes == ()


@pytest.mark.parametrize(
    ("folder", "tag", "verdicts"),
    [
        ("mixed-verdicts", "CORRECT", {AC}),
        ("multiple", "TIMELIMIT,RUN-ERROR", {TLE, RTE}),
        ("rejected", "RUN_TIME_ERROR , ACCEPTED   ", {RTE, AC}),
        ("mixed", "COMPILER-ERROR", {CE}),
        ("anything", "wrong_answer", {WA}),
        ("check_manually", "NO-OUTPUT, CHECK-MANUALLY", {WA}),
        ("mixed", "CHECK-MANUALLY", None),
        ("accepted", "WRONG-ANSWER", None),
        ("accepted", "CORRECT", {AC}),
        ("wrong_answer", "WRONG-ANSWER, TIMELIMIT", {WA}),
        ("time_limit_exceeded", "RUN-ERROR", None),
    ],
)
def test_tags(folder: str, tag: str, verdicts: set[Verdict] | None, tmp_path: Path) -> None:
    """A folder that makes a claim goes before a tag: that has to agree, and then both are about the whole."""
    contents = {**LEGACY, f"submissions/{folder}/b.py": f"# @EXPECTED_RESULTS@: {tag}\n"}
    submission = next(each for each in read(tmp_path, contents).submissions if each.path.endswith("b.py"))
    claims = [each for each in submission.expectations if each.whole]
    assert [claim.permitted for claim in claims] == ([] if verdicts is None else [frozenset(verdicts)])


def test_a_tag_that_contradicts_its_folder_is_noted(tmp_path: Path) -> None:
    package = read(tmp_path, {**LEGACY, "submissions/accepted/b.py": "# @EXPECTED_RESULTS@: WRONG-ANSWER\n"})
    assert package.notes == (
        "submissions/accepted/b.py: its @EXPECTED_RESULTS@ contradict its folder, and are ignored",
    )


def test_a_tagged_submission_may_fail_in_other_ways_after_the_first_one(tmp_path: Path) -> None:
    """DOMjudge looks at the first failure; the format permits no other in `wrong_answer`."""
    contents = {**LEGACY, "submissions/wrong_answer/b.py": "# @EXPECTED_RESULTS@: WRONG-ANSWER\n"}
    for tag, holds in ((contents, True), ({**contents, "submissions/wrong_answer/b.py": ""}, False)):
        package = read(tmp_path / str(holds), tag)
        claims = next(each.expectations for each in package.submissions if each.path.endswith("b.py"))
        assert (unmet(claims, judged(AC, WA, TLE)) == ()) is holds
        assert unmet(claims, judged(AC, TLE, WA)) != ()


def test_two_tags_are_ignored(tmp_path: Path) -> None:
    contents = {**LEGACY, "submissions/mixed-verdicts/b.py": "# @EXPECTED_RESULTS@: CORRECT\n" * 2}
    package = read(tmp_path, contents)
    assert package.notes == (
        "submissions/mixed-verdicts/b.py: has more than one @EXPECTED_RESULTS@, which are ignored",
    )
    assert package.submissions[1].expectations == ()


@pytest.mark.parametrize(
    ("tag", "judgement", "holds"),
    [
        ("WRONG-ANSWER", judged(AC, WA, RTE), True),
        ("RUN-ERROR", judged(AC, WA, RTE), False),
        ("RUN-ERROR", judged(AC, MLE), True),
        ("CORRECT", judged(AC, AC), True),
        ("CORRECT", Judgement(CE, "", None, None), False),
        ("COMPILER-ERROR", Judgement(CE, "", None, None), True),
        ("CORRECT", Judgement(JE, "broken", None, None), False),
    ],
)
def test_the_first_failure_decides(tag: str, judgement: Judgement, holds: bool, tmp_path: Path) -> None:
    """The legacy format takes the worst instead."""
    contents = {**LEGACY, "submissions/multiple/b.py": f"# @EXPECTED_RESULTS@: {tag}\n"}
    claims = read(tmp_path, contents).submissions[1].expectations
    assert (unmet(claims, judgement) == ()) is holds


def test_folders() -> None:
    claims = {name: folder_expectation(name, legacy=True) for name in ("compiler_error", "output_limit", "no_output")}
    assert {name: claim.required for name, claim in claims.items() if claim} == {
        "compiler_error": {CE},
        "output_limit": {OLE},
        "no_output": {WA},
    }


def test_entry_points(tmp_path: Path) -> None:
    contents = {
        **LEGACY,
        "submissions/accepted/s/a.py": "",
        "submissions/accepted/s/b.py": "",
        "submissions.json": '{"submissions/accepted/s/": {"entry_point": "b.py"}, "x": 1}',
    }
    program = read(tmp_path, contents).submissions[1].program
    assert program is not None
    assert program.entry == "b.py"
    assert read(tmp_path, {"submissions.json": "{"}).notes == ("submissions.json: is not valid JSON, and is ignored",)
