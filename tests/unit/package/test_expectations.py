"""The claims of a package about its submissions, and whether they are met."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.package.packages import MODERN, read
from zuko.package import expectations
from zuko.package.expectations import Expectation, expand, matches, unmet
from zuko.problem import (
    CaseResult,
    Judgement,
    Verdict,
)

AC, WA, TLE, RTE, MLE, CE = Verdict.AC, Verdict.WA, Verdict.TLE, Verdict.RTE, Verdict.MLE, Verdict.CE


def judged(*verdicts: Verdict, points: float | None = None, messages: tuple[str, ...] = ()) -> Judgement:
    cases = tuple(
        CaseResult(f"secret/{n}", "secret", verdict, "", 1, 1, 1, message=messages[n] if messages else "")
        for n, verdict in enumerate(verdicts)
    )
    whole = next((verdict for verdict in verdicts if verdict is not AC), AC)
    return Judgement(whole, "", points, 100 if points is not None else None, cases)


@pytest.mark.parametrize(
    ("folder", "verdicts", "legacy", "modern"),
    [
        ("accepted", (AC, AC), True, True),
        ("accepted", (AC, WA), False, False),
        ("wrong_answer", (AC, WA), True, True),
        ("wrong_answer", (AC, AC), False, False),
        ("wrong_answer", (WA, TLE), False, False),
        ("wrong_answer", (WA, RTE), False, False),
        # "May also give wrong answer but not crash" is legacy's.
        ("time_limit_exceeded", (WA, TLE), True, False),
        ("time_limit_exceeded", (AC, TLE), True, True),
        ("time_limit_exceeded", (RTE, TLE), False, False),
        ("run_time_error", (AC, RTE), True, True),
        ("run_time_error", (AC, MLE), True, True),
        ("run_time_error", (WA, RTE), True, False),
        ("run_time_error", (AC, AC), False, False),
        ("rejected", (AC, TLE), True, True),
        ("rejected", (AC, AC), False, False),
        ("mixed", (AC, WA), True, True),
        ("memory_limit_exceeded", (AC, MLE), True, True),
        ("memory_limit_exceeded", (AC, RTE), False, False),
        ("compile_error", (AC,), False, False),
    ],
)
def test_what_folders_claim(folder: str, verdicts: tuple[Verdict, ...], legacy: bool, modern: bool) -> None:
    """The tables of the format, "Example submissions" and "Default directories"; the last four are ours."""
    for is_legacy, expected in ((True, legacy), (False, modern)):
        claim = expectations.folder_expectation(folder, legacy=is_legacy)
        assert claim is not None
        assert (unmet([claim], judged(*verdicts)) == ()) == expected


def test_brute_force_is_modern_only() -> None:
    claim = expectations.folder_expectation("brute_force", legacy=False)
    assert claim is not None
    assert unmet([claim], judged(AC, TLE)) == ()
    assert unmet([claim], judged(WA, TLE)) == ("brute_force: secret/0 is WA, expected AC or TLE or RTE",)
    assert expectations.folder_expectation("brute_force", legacy=True) is None


def test_compile_errors_are_claimed_or_reported() -> None:
    failed = Judgement(CE, "the compiler ended with exit code 1", None, None)
    for folder, sentences in (
        ("compile_error", ()),
        ("mixed", ()),
        ("accepted", ("accepted: compile error: the compiler ended with exit code 1",)),
        ("rejected", ("rejected: compile error: the compiler ended with exit code 1",)),
    ):
        claim = expectations.folder_expectation(folder, legacy=True)
        assert claim is not None
        assert unmet([claim], failed) == sentences


def test_sentences_of_claims() -> None:
    claim = Expectation("x", frozenset({AC}), frozenset({TLE}), score=(10, 20), message="too far", cases="secret/0")
    assert unmet([claim], replace(judged(WA, TLE, points=5))) == (
        "x: secret/0 is WA, expected AC",
        "x: no case of secret/0 is TLE, expected at least one",
        "x: no message of secret/0 contains 'too far'",
        "x: has no points, expected 10 to 20",
    )
    crash = expectations.folder_expectation("run_time_error", legacy=True)
    assert crash is not None
    assert unmet([crash], judged(AC, TLE)) == (
        "run_time_error: no case is RTE, expected at least one: secret/1 is TLE",
    )
    assert unmet([Expectation("x", message="far")], judged(WA, AC, messages=("too far", ""))) == ()
    assert unmet([Expectation("x", score=(5, 5))], judged(WA, points=5)) == ()
    assert unmet([Expectation("x", score=(4, 4))], judged(WA, points=5)) == ("x: has 5 points, expected 4",)


def test_partially_accepted() -> None:
    """Accepted with some of the points; in 2025-09 with points, but not all."""
    claim = expectations.folder_expectation("partially_accepted", legacy=True)
    assert claim is not None
    assert unmet([claim], judged(AC, points=40)) == ()
    assert unmet([claim], judged(AC, points=100)) == ("partially_accepted: has all 100 points, expected fewer",)
    assert unmet([claim], judged(WA, points=40)) == ()  # in 2025-09 a case may fail
    assert unmet([claim], judged(WA, points=0)) == (
        "partially_accepted: is WA, expected AC with less than full points",
    )


def test_submissions_yaml_changes_a_folder(tmp_path: Path) -> None:
    """An entry of exactly the folder's name replaces the keys that it gives; a pattern adds."""
    contents = {
        **MODERN,
        "submissions/time_limit_exceeded/b.py": "",
        "submissions/submissions.yaml": """
time_limit_exceeded: {permitted: [AC, WA, TLE]}
time_limit_exceeded/*: {use_for_time_limit: false, required: [TLE]}
accepted: {use_for_time_limit: false}
nothing/*: {message: x}
""",
    }
    package = read(tmp_path, contents)
    claims = {each.path: each.expectations for each in package.submissions}
    assert claims["time_limit_exceeded/b.py"] == (
        Expectation("time_limit_exceeded", frozenset({AC, WA, TLE}), frozenset({TLE}), time_limit="upper"),
        Expectation("time_limit_exceeded/*", required=frozenset({TLE})),
    )
    assert [each.time_limit for each in claims["accepted/a.py"]] == [None]
    assert package.notes == ("submissions/submissions.yaml: nothing/*: matches no submission",)


def test_language_and_entry_point(tmp_path: Path) -> None:
    contents = {
        **MODERN,
        "submissions/accepted/b/lib.py": "",
        "submissions/accepted/b/start.py": "",
        "submissions/accepted/c.txt": "",
        "submissions/accepted/d.py": "",
        "submissions/submissions.yaml": "accepted/b: {entrypoint: start.py}\naccepted/c.txt: {language: cpp}\n"
        "accepted/d.py: {entrypoint: other.py, language: javascript}\n",
    }
    found = {each.path: each for each in read(tmp_path, contents).submissions}
    b, c, d = (found[f"accepted/{name}"] for name in ("b", "c.txt", "d.py"))
    assert b.program is not None
    assert [file.name for file in b.program.files] == ["start.py", "lib.py"]
    assert b.program.entry == "start.py"
    assert c.program is not None
    assert c.program.language == "cpp"
    assert d.reason == "submissions/accepted/d.py: has no file 'other.py', which is its entry point"


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("", "secret/1", True),
        ("secret", "secret/group/1", True),
        ("secret/*", "secret/group/1", True),
        ("secret/*-easy", "secret/1-easy", True),
        ("secret/*-easy", "secret/1-hard", False),
        ("*", "secret/1", True),
        ("sec", "secret/1", False),
        ("secret/1/2", "secret/1", False),
        ("{a,b}/x", "b/x", True),
        ("{a,b}.{c,d}", "a.d", True),
        ("{a,{b,c}x}", "cx", True),
        ("{a,{b,c}x}", "c", False),
        ("secret/*{ 4 }{ 2, 3 }", "secret/43", True),
        ("secret/*{ 4 }{ 2, 3 }", "secret/4", False),
        ("{a,b}/", "b/x", True),
        ("secret/", "secret", True),
        ("/", "secret", False),
        ("a?", "ab", False),
        ("[ab]", "a", False),
        ("[ab]", "[ab]", True),
        ("a.b", "aXb", False),
        ("*a" * 60 + "b", "a" * 200, False),  # in linear time
    ],
)
def test_patterns(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern, path) == expected


@pytest.mark.parametrize("pattern", ["{", "}", "a}b{c", "{a,b}}", "{a,b}" * 12])
def test_wrong_patterns(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"braces do not match|more than 1000 alternatives"):
        expand(pattern)
