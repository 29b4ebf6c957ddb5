"""The pages on judging say what the code does: every name, every default, every bound."""

import re
from typing import Final

import pytest

from tests import ROOT
from zuko.contest import events, scoring
from zuko.contest.scoring import Rules
from zuko.judge.checkers import SORTED_LINES_MAX
from zuko.judge.verdicts import BORDERLINE
from zuko.package import document, expectations, files, limits, metadata, programs, submissions, validators
from zuko.package.read import DEFAULT_TIME_LIMIT_MS
from zuko.problem import INPUT_MAX_BYTES, BuiltinChecker, CheckerKind, Verdict
from zuko.types import CASES_MAX, Outcome

REFERENCE: Final = ROOT / "docs" / "reference"
VERDICTS, CHECKERS, PACKAGES, SCORING = (
    (REFERENCE / f"{name}.md").read_text() for name in ("verdicts", "checkers", "problem-packages", "scoring")
)
MIB: Final = 1 << 20


def table(page: str, heading: str) -> dict[str, list[str]]:
    """Return the rows of the one table whose heading begins so, by their first cells."""
    (part,) = [each for each in page.split("\n\n") if each.startswith(f"| {heading} |")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines()[2:]]
    return {row[0].replace("`", ""): row[1:] for row in rows}


def test_verdicts() -> None:
    assert list(table(VERDICTS, "verdict")) == list(Verdict)
    for verdict, (meaning,) in table(VERDICTS, "verdict").items():
        assert meaning.startswith(Verdict(verdict).meaning)
    documented = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`[^|]*) \|", VERDICTS, flags=re.MULTILINE))))
    assert documented - set(Verdict) == set(Outcome)
    assert f"within {BORDERLINE:.0%} of".replace("%", " %") in VERDICTS


def test_checkers() -> None:
    assert list(table(CHECKERS, "kind")) == list(CheckerKind)
    options = table(CHECKERS, "option")
    assert list(options) == [name for name in BuiltinChecker.__dataclass_fields__ if name != "kind"]
    for name, (_, default, _) in options.items():
        value: object = BuiltinChecker.__dataclass_fields__[name].default
        assert default == str(value).lower()
    assert f"more than {SORTED_LINES_MAX} lines" in CHECKERS


def test_versions_and_folders_of_packages() -> None:
    for version in metadata.LEGACY + metadata.MODERN:
        assert f"`{version}`" in PACKAGES
    documented = {folder.split()[0] for folder in table(PACKAGES, "folder")}
    known = {*expectations._MODERN, *expectations._LEGACY, *expectations._OURS}
    assert documented == known


@pytest.mark.parametrize(
    ("key", "figure"),
    [
        ("memory", f"{limits.DEFAULT_MEMORY_MIB} MiB"),
        ("output", f"{limits.DEFAULT_OUTPUT_MIB} MiB"),
        ("code", f"{limits.DEFAULT_CODE_KIB} KiB"),
        ("validation_time", f"{limits.DEFAULT_VALIDATION_TIME_S} s"),
        ("validation_memory", f"{limits.DEFAULT_VALIDATION_MEMORY_MIB} MiB"),
        ("validation_output", f"{limits.DEFAULT_VALIDATION_OUTPUT_MIB} MiB"),
    ],
)
def test_defaults_of_packages(key: str, figure: str) -> None:
    (default,) = [row[0] for row in table(PACKAGES, "limit").values() if row[1] == f"`{key}`"]
    assert default == figure


def test_bounds_of_packages() -> None:
    bounds = {what: most for what, (most,) in table(PACKAGES, "what").items()}
    assert bounds == {
        "a file": f"{files.FILE_MAX_BYTES // MIB} MiB",
        "everything that is read": f"{files.TOTAL_MAX_BYTES >> 30} GiB",
        "an input": f"{INPUT_MAX_BYTES // MIB} MiB",
        "output, validation_output": f"{limits.OUTPUT_MAX_MIB} MiB",
        "arguments of a validator": f"{validators.ARGUMENTS_MAX}, {validators.ARGUMENTS_MAX_BYTES >> 10} KiB together",
        "input validators": f"{validators.VALIDATORS_MAX}",
        "a YAML file": f"{document.DOCUMENT_MAX_BYTES >> 10} KiB",
        "files and directories": f"{files.ENTRIES_MAX}",
        "nested directories": f"{files.DEPTH_MAX}",
        "test cases": f"{CASES_MAX}",
        "submissions": f"{submissions.SUBMISSIONS_MAX}",
        "a program": f"{programs.PROGRAM_MAX_BYTES // MIB} MiB, {programs.PROGRAM_FILES_MAX} files",
    }
    assert f"{DEFAULT_TIME_LIMIT_MS // 1000} s is used" in PACKAGES


def test_scoring() -> None:
    assert list(table(SCORING, "rules")) == list(Rules)
    assert list(table(SCORING, "event field")) == list(events.Event.model_fields)
    assert f"and {scoring.PENALTY_MIN} for each rejected one" in SCORING


def test_the_event_that_is_shown_is_one() -> None:
    (line,) = re.findall(r"^\{\"team\".*$", SCORING, flags=re.MULTILINE)
    (submission,) = events.read_events([line], Rules.IOI)
    assert submission.points == sum(submission.groups.values()) == 40
