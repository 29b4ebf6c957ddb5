"""The built-in checkers: pure functions over bytes that never raise, in linear time and with bounded memory.

Outputs are read in blocks, so that 64 MiB of one-letter words do not become a gigabyte of objects. A common beginning
is skipped without splitting it. Nothing is decoded: white space is the six characters of the Kattis format, and only
ASCII letters are compared without case.
"""

import math
import re
from collections.abc import Iterator
from operator import ne, sub
from typing import Final

from zuko.judge.diff import describe, first_difference, locate, quote
from zuko.judge.items import BLOCK_BYTES, WHITESPACE, ItemReader, item_start
from zuko.problem import BuiltinChecker, CheckerKind, CheckResult, Verdict

SORTED_LINES_MAX: Final = 1_000_000  # lines of an answer: held in memory and sorted, 100 MB at most

# The grammar of the Kattis format 2025-09, "General requirements". It excludes numbers that Python's float() accepts
# (nan, inf, 1_000, digits of other scripts) and those of C's strtod (0x1p-3, nan(0)).
_NUMBER: Final = re.compile(rb"[+-]?(?:[0-9]*\.[0-9]+|[0-9]+\.?)(?:[eE][+-]?[0-9]+)?")
_NUMBER_BYTES: Final = b"0123456789+-.eE"

_RIGHT: Final = CheckResult(Verdict.AC)
_TOO_SHORT: Final = "the output ends too early"
_TOO_LONG: Final = "the output is longer than the answer"


def check(checker: BuiltinChecker, output: bytes, answer: bytes) -> CheckResult:
    """Return whether an output is right, and where it differs first.

    The verdict is AC or WA, or JE if the answer cannot be compared: it has a number out of a double's range, or more
    lines than can be sorted.
    """
    if output == answer:
        return _RIGHT
    match checker.kind:
        case CheckerKind.EXACT:
            return _check_bytes(output, answer)
        case CheckerKind.LINES:
            return _check_lines(output, answer, checker)
        case CheckerKind.SORTED_LINES:
            return _check_sorted_lines(output, answer, checker)
        case CheckerKind.TOKENS | CheckerKind.FLOATS:
            return _check_items(output, answer, checker)


def _wrong(message: str, diff: str) -> CheckResult:
    return CheckResult(Verdict.WA, message, diff)


def _check_bytes(output: bytes, answer: bytes) -> CheckResult:
    at = first_difference(output, answer)
    place = locate(output, at)
    if at == len(output):
        return _wrong(_TOO_SHORT, describe(place, answer[at : at + 200], None))
    if at == len(answer):
        return _wrong(_TOO_LONG, describe(place, None, output[at : at + 200]))
    start = max(0, at - 12)
    return _wrong("the output differs", describe(place, answer[start : at + 200], output[start : at + 200]))


# --- lines --------------------------------------------------------------------------------------------------------


def _check_lines(output: bytes, answer: bytes, checker: BuiltinChecker) -> CheckResult:
    start = output.rfind(b"\n", 0, first_difference(output, answer)) + 1
    number = output.count(b"\n", 0, start)
    lines, wanted = _lines(output, start, checker), _lines(answer, start, checker)
    while True:
        got, expected = next(lines, None), next(wanted, None)
        if got is None and expected is None:
            return _RIGHT
        got, expected = got or [], expected or []
        index = _first_unequal(got, expected)
        if index is None:
            number += len(got)
            continue
        place = f"line {number + index + 1}"
        if index == len(got):
            return _wrong(_TOO_SHORT, describe(place, expected[index], None))
        if index == len(expected):
            return _wrong(_TOO_LONG, describe(place, None, got[index]))
        return _wrong("a line differs", describe(place, expected[index], got[index]))


_LINES_AT_A_TIME: Final = 4096


def _lines(data: bytes, start: int, checker: BuiltinChecker) -> Iterator[list[bytes]]:
    """Yield the lines from `start` without trailing blanks, in lists of equal length except for the last."""
    end = len(data.rstrip(WHITESPACE))
    pending: list[bytes] = []
    while start < end:
        # A block ends at the end of a line, however long that line is.
        cut = data.find(b"\n", min(start + BLOCK_BYTES, end), end)
        cut = end if cut < 0 else cut
        block = data[start:cut] if checker.case_sensitive else data[start:cut].lower()
        # `for line in block.split` would hold every line twice.
        pending += [line.rstrip(WHITESPACE) for line in block.split(b"\n")]
        whole = len(pending) - len(pending) % _LINES_AT_A_TIME
        for at in range(0, whole, _LINES_AT_A_TIME):
            yield pending[at : at + _LINES_AT_A_TIME]
        del pending[:whole]
        start = cut + 1
    if pending:
        yield pending


def _check_sorted_lines(output: bytes, answer: bytes, checker: BuiltinChecker) -> CheckResult:
    count, wanted = _count_lines(output), _count_lines(answer)
    if wanted > SORTED_LINES_MAX:
        return CheckResult(Verdict.JE, f"the answer has {wanted} lines; at most {SORTED_LINES_MAX} can be sorted")
    if count > wanted:  # before sorting them: an output may consist of line ends only
        return _wrong("the output has too many lines", f"{wanted} lines expected, got {count}")
    got, expected = (sorted(line for lines in _lines(data, 0, checker) for line in lines) for data in (output, answer))
    index = _first_unequal(got, expected)
    if index is None:
        return _RIGHT
    if index == len(got) or (index < len(expected) and expected[index] < got[index]):
        return _wrong("a line is missing", f"missing {quote(expected[index])}")
    return _wrong("a line is unexpected", f"unexpected {quote(got[index])}")


def _count_lines(data: bytes) -> int:
    end = len(data.rstrip(WHITESPACE))
    return data.count(b"\n", 0, end) + 1 if end else 0


def _first_unequal(got: list[bytes], expected: list[bytes]) -> int | None:
    """Return the index of the first difference, the shorter length if one begins with the other; None: equal."""
    if got == expected:
        return None
    differ = (i for i, differs in enumerate(map(ne, got, expected)) if differs)
    return next(differ, min(len(got), len(expected)))


# --- tokens and floats --------------------------------------------------------------------------------------------


def _check_items(output: bytes, answer: bytes, checker: BuiltinChecker) -> CheckResult:
    start = item_start(output, first_difference(output, answer))
    got, expected = ItemReader(output, start, checker), ItemReader(answer, start, checker)
    while True:
        more, wanted = got.refill(), expected.refill()
        if not more and not wanted:
            return _RIGHT
        if not more or not wanted:
            break
        count = min(got.left(), expected.left())
        ours, theirs = got.take(count), expected.take(count)
        if ours == theirs:
            continue
        if found := _compare(ours, theirs, checker):
            index, verdict, message = found
            wrong = got.index - count + index
            right = expected.index - count + index
            return CheckResult(verdict, message, describe(got.place(wrong), expected.text(right), got.text(wrong)))
    if not more:
        return _wrong(_TOO_SHORT, describe(got.place(got.index), expected.text(expected.index), None))
    return _wrong(_TOO_LONG, describe(got.place(got.index), None, got.text(got.index)))


def _compare(ours: list[bytes], theirs: list[bytes], checker: BuiltinChecker) -> tuple[int, Verdict, str] | None:
    """Return the index, verdict and message of the first item that is wrong; None: all are right.

    The lists have equal length. Items that are not equal as text are compared as numbers: all at once if possible,
    because one by one is six times slower.
    """
    floats = checker.kind is CheckerKind.FLOATS
    if floats and _all_close(ours, theirs, checker):
        return None
    differ = [i for i, differs in enumerate(map(ne, ours, theirs)) if differs]
    if floats and _all_close([ours[i] for i in differ], [theirs[i] for i in differ], checker):
        return None
    for index in differ:
        if not floats:
            return index, Verdict.WA, "a token differs" if ours[index].strip() else "white space differs"
        if found := _compare_numbers(ours[index], theirs[index], checker):
            return index, *found
    return None


def _all_close(ours: list[bytes], theirs: list[bytes], checker: BuiltinChecker) -> bool:
    """Return whether all are numbers within the tolerance; False means that each must be compared."""
    if any(b"".join(items).translate(None, _NUMBER_BYTES) for items in (theirs, ours)):
        return False
    try:
        # With only these characters, float() accepts exactly what the grammar accepts.
        values, wanted = list(map(float, ours)), list(map(float, theirs))
    except ValueError:
        return False
    errors = list(map(abs, map(sub, values, wanted)))
    if not math.isfinite(sum(errors)):  # a number out of range, on either side
        return False
    absolute, relative = checker.absolute_tolerance or 0.0, checker.relative_tolerance or 0.0
    if max(errors) <= absolute:
        return True
    return all(error <= absolute or error <= relative * abs(value) for error, value in zip(errors, wanted, strict=True))


def _compare_numbers(ours: bytes, theirs: bytes, checker: BuiltinChecker) -> tuple[Verdict, str] | None:
    wanted = parse_number(theirs)
    if wanted is None:
        return Verdict.WA, "a token differs" if ours.strip() else "white space differs"
    if math.isinf(wanted):
        return Verdict.JE, "the answer has a number out of the range of a double"
    value = parse_number(ours)
    if value is None:
        return Verdict.WA, "a number is expected"
    error = abs(value - wanted)
    if checker.absolute_tolerance is not None and error <= checker.absolute_tolerance:
        return None
    if checker.relative_tolerance is not None and error <= checker.relative_tolerance * abs(wanted):
        return None
    return Verdict.WA, f"a number differs by {error:.3g}"


def parse_number(token: bytes) -> float | None:
    """Return the value of a decimal number, infinite if out of a double's range; None: not a number.

    Numbers have a sign, digits with or without a point, an exponent: `1`, `+1.`, `-.5`, `2E-3`. Not numbers: `nan`,
    `inf`, `0x1p3`, `1_000`, `1,5`. The length is not limited: float() is linear (measured: 10^7 digits in 10 ms).
    """
    return float(token) if _NUMBER.fullmatch(token) else None
