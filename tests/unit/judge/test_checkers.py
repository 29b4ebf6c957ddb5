"""The built-in checkers: a folder a case, and what holds for whatever bytes."""

import json
import time
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zuko.errors import ProblemError
from zuko.judge.checkers import SORTED_LINES_MAX, check, parse_number
from zuko.judge.diff import describe, first_difference, locate, printable
from zuko.package.flags import parse_flags
from zuko.problem import BuiltinChecker, CheckerKind, Verdict

# <folder of the kind>/<case>/: output, answer, expect.json (options of the checker, verdict, diff, and why).
CASES: Final = Path(__file__).parent / "checkers"
FOLDERS: Final = sorted(path.parent for path in CASES.rglob("expect.json"))
MIB: Final = 1 << 20

TOKENS = BuiltinChecker()
FOLDED = BuiltinChecker(case_sensitive=False)
SPACES = BuiltinChecker(case_sensitive=False, space_sensitive=True)
FLOATS = BuiltinChecker(CheckerKind.FLOATS, absolute_tolerance=1e-6, relative_tolerance=1e-9)
FLOATS_SPACES = BuiltinChecker(CheckerKind.FLOATS, absolute_tolerance=1e-6, space_sensitive=True)
LINES = BuiltinChecker(CheckerKind.LINES)
SORTED_LINES = BuiltinChecker(CheckerKind.SORTED_LINES)
EXACT = BuiltinChecker(CheckerKind.EXACT)
ALL: Final = (EXACT, LINES, SORTED_LINES, TOKENS, FOLDED, SPACES, FLOATS, FLOATS_SPACES)


def kind_of(folder: str) -> CheckerKind:
    return next(kind for kind in sorted(CheckerKind, key=len, reverse=True) if folder.startswith(kind))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(CASES)))
def test_case(folder: Path) -> None:
    expect: dict[str, Any] = json.loads((folder / "expect.json").read_text())
    checker = BuiltinChecker(kind_of(folder.parent.name), **expect.get("options", {}))
    result = check(checker, (folder / "output").read_bytes(), (folder / "answer").read_bytes())
    assert expect["verdict"] == result.verdict, expect["why"]
    assert expect.get("diff", "") == result.diff
    assert (result.message == "") == result.accepted


def test_every_kind_has_cases_of_both_verdicts() -> None:
    for kind in CheckerKind:
        verdicts = {
            json.loads((folder / "expect.json").read_text())["verdict"]
            for folder in FOLDERS
            if kind_of(folder.parent.name) is kind
        }
        assert verdicts >= {"AC", "WA"}, kind


# --- whatever the bytes -------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [
        b"1",
        b"1.0",
        b"-0",
        b"1e999",
        b"nan",
        b"0x1",
        b"1_0",
        b"a",
        b"A",
        b"\xff",
        b"\0",
        b".",
        b"-",
        b"+.e",
        "é".encode(),
    ]
)
SPACE = st.sampled_from([b" ", b"\n", b"\r\n", b"\t", b"  ", b"", b"\f\v"])
LIKE_OUTPUT = st.lists(st.one_of(WORDS, SPACE), max_size=40).map(b"".join)
BYTES = st.one_of(st.binary(max_size=200), LIKE_OUTPUT)


@given(st.sampled_from(ALL), BYTES, BYTES)
def test_never_raises_and_shows_nothing_unsafe(checker: BuiltinChecker, output: bytes, answer: bytes) -> None:
    result = check(checker, output, answer)
    assert result.verdict in (Verdict.AC, Verdict.WA, Verdict.JE)
    assert result.accepted or result.message
    assert len(result.diff) <= 200
    assert result.diff.isprintable()
    assert not set("<>&\"'`") & set(result.diff)


@given(st.sampled_from(ALL), BYTES)
def test_an_answer_is_right(checker: BuiltinChecker, data: bytes) -> None:
    """A right answer passes the comparison itself, not only the shortcut of `check` for equal bytes."""
    assert check(checker, data, data).accepted
    if checker not in (EXACT, SPACES, FLOATS_SPACES):
        assert check(checker, data + b"\n", data).accepted


@given(BYTES, BYTES)
def test_stricter_checkers_accept_less(output: bytes, answer: bytes) -> None:
    """Each checker accepts all that a stricter one accepts: EXACT, LINES, TOKENS, and so on."""
    looser = ((EXACT, LINES), (LINES, TOKENS), (LINES, SORTED_LINES), (TOKENS, FOLDED), (SPACES, FOLDED))
    for strict, loose in looser:
        if check(strict, output, answer).accepted:
            assert check(loose, output, answer).accepted, (strict, loose)


@given(BYTES, BYTES)
def test_text_checkers_are_symmetric(one: bytes, other: bytes) -> None:
    """Without a tolerance, which of the two is the answer does not matter."""
    for checker in (EXACT, LINES, SORTED_LINES, TOKENS, FOLDED, SPACES):
        assert check(checker, one, other).accepted == check(checker, other, one).accepted


@given(BYTES, BYTES)
def test_tokens_are_those_of_split(output: bytes, answer: bytes) -> None:
    """The short definition: the same words. LINES likewise, by the words of the docs."""
    assert check(TOKENS, output, answer).accepted == (output.split() == answer.split())

    def lines(data: bytes) -> list[bytes]:
        stripped = [line.rstrip(b" \t\r\f\v") for line in data.split(b"\n")]
        while stripped and not stripped[-1]:
            stripped.pop()
        return stripped

    assert check(LINES, output, answer).accepted == (lines(output) == lines(answer))
    assert check(SORTED_LINES, output, answer).accepted == (sorted(lines(output)) == sorted(lines(answer)))


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1), st.sampled_from(["{:.17g}", "{!r}", "{:e}"])
)
def test_floats_in_any_format(values: list[float], form: str) -> None:
    """With `float_tolerance 1e-6` a number equals itself in every format that keeps seven digits."""
    checker = BuiltinChecker(CheckerKind.FLOATS, absolute_tolerance=1e-6, relative_tolerance=1e-6)
    answer = " ".join(map(repr, values)).encode()
    assert check(checker, " ".join(map(form.format, values)).encode(), answer).accepted


@settings(max_examples=50)  # of megabytes
@given(st.integers(0, 70_000), st.integers(0, 70_000))
def test_blocks_leave_no_seams(before: int, between: int) -> None:
    """Tokens, lines and white space of any length are compared alike wherever a block of input ends."""
    block = 1 << 18
    answer = b"a" * (block - 35_000 + before) + b" " * (between + 1) + b"b\n" * 5000 + b"end"
    for checker in (TOKENS, LINES, SPACES):
        changed = b"x" + answer[1:]
        assert check(checker, changed[:-1] + b"z", b"x" + answer[1:]).verdict is Verdict.WA
        assert check(checker, b"A" + answer[1:], answer).accepted == (checker is SPACES)
    # Another white space in front keeps the fast way over what is equal from being taken.
    assert check(TOKENS, b"\t" + answer, b" " + answer).accepted
    assert check(TOKENS, b"\t" + answer + b"x", b" " + answer).verdict is Verdict.WA


# --- size ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize(
    ("checker", "output", "answer"),
    [
        pytest.param(TOKENS, b" " + b"ab " * (3 * MIB), b"ab " * (3 * MIB), id="short tokens"),
        pytest.param(TOKENS, b"a" * 9 * MIB + b"b", b"c" + b"a" * 9 * MIB, id="one token"),
        pytest.param(SPACES, b" " * 9 * MIB + b"b", b" " * 9 * MIB + b"c", id="one space"),
        pytest.param(FLOATS, b"0.50 " * (2 * MIB), b"0.5 " * (2 * MIB), id="floats"),
        pytest.param(FLOATS, b"1" * 9 * MIB, b"2", id="one number"),
        pytest.param(FLOATS, b"1" * 9 * MIB + b"x", b"2", id="almost one number"),
        pytest.param(LINES, b" " * 9 * MIB + b"x", b"x", id="one line"),
        pytest.param(LINES, b" \n" * 4 * MIB + b"x", b"\n" * 4 * MIB + b"x", id="empty lines"),
        pytest.param(SORTED_LINES, b"\n" * 9 * MIB + b"x", b"x\n" * 1000, id="flood of lines"),
        pytest.param(SORTED_LINES, b"aaaaaaaaa\n" * (9 * MIB // 10), b"aaaaaaaab\n" * (9 * MIB // 10), id="like lines"),
        pytest.param(EXACT, b"\0" * 9 * MIB + b"x", b"\0" * 9 * MIB + b"y", id="bytes"),
    ],
)
def test_large_outputs(checker: BuiltinChecker, output: bytes, answer: bytes) -> None:
    """9 MiB of anything takes seconds on no machine; a quadratic step in it would take hours."""
    start = time.process_time()
    check(checker, output, answer)
    assert time.process_time() - start < 10


def test_an_answer_of_too_many_lines_is_ours() -> None:
    answer = b"x\n" * (SORTED_LINES_MAX + 1)
    assert check(SORTED_LINES, b"x\n" * 10, answer).verdict is Verdict.JE
    assert check(SORTED_LINES, b"x \n" * SORTED_LINES_MAX, b"x\n" * SORTED_LINES_MAX).accepted


# --- the parts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["0", "-0", "+1", "1.", ".5", "007", "1e5", "1E+5", "1.e-5", "1" * 5000])
def test_numbers(text: str) -> None:
    """The grammar of the Kattis format, and its value is Python's."""
    assert parse_number(text.encode()) == float(text)


@pytest.mark.parametrize(
    "text",
    ["", ".", "+", "e5", "1e", "1e+", "--1", "1.2.3", "1_0", "nan", "inf", "0x1", "1d", "1f", " 1", "1\n", "\u0661"],
)
def test_not_numbers(text: str) -> None:
    assert parse_number(text.encode()) is None


@given(st.binary(max_size=50), st.binary(max_size=50), st.binary(max_size=50))
def test_first_difference(same: bytes, one: bytes, other: bytes) -> None:
    at = first_difference(same + one, same + other)
    assert (same + one)[:at] == (same + other)[:at]
    assert (same + one)[at : at + 1] != (same + other)[at : at + 1] or one == other


@pytest.mark.parametrize("length", [0, 1, (1 << 16) - 1, 1 << 16, (1 << 16) + 1, 3 << 16])
def test_first_difference_at_the_seams(length: int) -> None:
    assert first_difference(b"a" * length + b"b", b"a" * length + b"c") == length
    assert first_difference(b"a" * length, b"a" * length + b"c") == length


def test_locate() -> None:
    assert locate(b"ab\ncd\n", 0) == "line 1, column 1"
    assert locate(b"ab\ncd\n", 4) == "line 2, column 2"
    assert locate(b"ab\ncd\n", 6, token=3) == "line 3, column 1, token 3"


def test_long_tokens_show_where_they_differ() -> None:
    shown = describe("line 1", b"a" * 5000 + b"xyz", b"a" * 5000 + b"xya" + b"b" * 5000)
    assert shown == "line 1: expected “…aaaaaaaaaaxyz”, got “…aaaaaaaaaaxyabbbbbbbbbbbbbbbbbbbbbbbbbbb…”"


def test_cut_falls_into_no_character() -> None:
    """Four bytes of 😀 from the first byte, not the rest of them as broken bytes."""
    shown = describe("line 1", "😀".encode() * 10 + b"a", "😀".encode() * 10 + b"b")
    assert shown == "line 1: expected “…😀😀😀a”, got “…😀😀😀b”"


@given(st.binary(max_size=400))
def test_printable_is_short_and_printable(data: bytes) -> None:
    shown = printable(data)
    assert len(shown) <= 41
    assert shown.isprintable()


# --- flags --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("", FOLDED),
        ("case_sensitive", TOKENS),
        ("space_change_sensitive", SPACES),
        ("float_tolerance 1e-6", BuiltinChecker(CheckerKind.FLOATS, False, False, 1e-6, 1e-6)),
        ("float_absolute_tolerance .5", BuiltinChecker(CheckerKind.FLOATS, False, False, 0.5, None)),
        ("float_relative_tolerance 1E-9 case_sensitive", BuiltinChecker(CheckerKind.FLOATS, True, False, None, 1e-9)),
        (
            "float_absolute_tolerance 1e-6 float_relative_tolerance 1e-9",
            BuiltinChecker(CheckerKind.FLOATS, False, False, 1e-6, 1e-9),
        ),
    ],
)
def test_flags(flags: str, expected: BuiltinChecker) -> None:
    """The table of the Kattis format, "Default output validator specification"."""
    assert parse_flags(flags.split(), "problem.yaml") == expected


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("float_tolerance", "float_tolerance must be a non-negative number, not ''"),
        ("float_tolerance x", "float_tolerance must be a non-negative number, not 'x'"),
        ("float_tolerance -1", "float_tolerance must be a non-negative number, not '-1'"),
        ("float_tolerance 1e999", "float_tolerance must be a non-negative number, not '1e999'"),
        ("case_sensitive case_sensitive", "case_sensitive is given twice"),
        (
            "float_tolerance 1 float_absolute_tolerance 1",
            "float_tolerance sets both tolerances: give it alone",
        ),
        (
            "ignore_case",
            "unknown flag 'ignore_case' of the default validator; supported: case_sensitive, space_change_sensitive, "
            "float_tolerance, float_absolute_tolerance, float_relative_tolerance",
        ),
    ],
)
def test_wrong_flags(flags: str, message: str) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_flags(flags.split(), "problem.yaml: validator_flags")
    assert str(caught.value) == f"problem.yaml: validator_flags: {message}"


@pytest.mark.parametrize(
    "options",
    [
        {"kind": CheckerKind.FLOATS},
        {"kind": CheckerKind.TOKENS, "absolute_tolerance": 1.0},
        {"kind": CheckerKind.FLOATS, "absolute_tolerance": -1.0},
        {"kind": CheckerKind.FLOATS, "relative_tolerance": float("nan")},
        {"kind": CheckerKind.LINES, "space_sensitive": True},
        {"kind": CheckerKind.EXACT, "case_sensitive": False},
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"tolerance|white space|case-sensitive"):
        BuiltinChecker(**options)
