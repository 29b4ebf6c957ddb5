"""The flags of the Kattis format's default output validator, as a built-in checker."""

from collections.abc import Sequence
from typing import Final

from zuko.errors import ProblemError
from zuko.judge.checkers import parse_number
from zuko.problem import BuiltinChecker, CheckerKind

_SWITCHES: Final = ("case_sensitive", "space_change_sensitive")
_TOLERANCES: Final = ("float_tolerance", "float_absolute_tolerance", "float_relative_tolerance")


def parse_flags(words: Sequence[str], where: str, hint: str = "") -> BuiltinChecker:
    """Return the checker for the default validator's flags; without any: tokens, ignoring the case of letters.

    Args:
        words: `["float_tolerance", "1e-6", "case_sensitive"]`, for example.
        where: the place of the flags, for messages.
        hint: appended to the message about an unknown flag.

    Raises:
        ProblemError: a flag is unknown or given twice, `float_tolerance` is given with another tolerance, or a
            tolerance is not a non-negative number.
    """
    given: dict[str, float | None] = {}
    rest = list(words)
    while rest:
        flag = rest.pop(0)
        if flag not in _SWITCHES + _TOLERANCES:
            known = ", ".join(_SWITCHES + _TOLERANCES)
            raise ProblemError(where, f"unknown flag {flag!r} of the default validator; supported: {known}{hint}")
        if flag in given:
            raise ProblemError(where, f"{flag} is given twice")
        given[flag] = _parse_tolerance(flag, rest, where) if flag in _TOLERANCES else None
    both = given.get("float_tolerance")
    if both is not None and len(given.keys() & set(_TOLERANCES)) > 1:
        raise ProblemError(where, "float_tolerance sets both tolerances: give it alone")
    absolute, relative = given.get("float_absolute_tolerance", both), given.get("float_relative_tolerance", both)
    return BuiltinChecker(
        kind=CheckerKind.TOKENS if absolute is None and relative is None else CheckerKind.FLOATS,
        case_sensitive="case_sensitive" in given,
        space_sensitive="space_change_sensitive" in given,
        absolute_tolerance=absolute,
        relative_tolerance=relative,
    )


def _parse_tolerance(flag: str, rest: list[str], where: str) -> float:
    text = rest.pop(0) if rest else ""
    value = parse_number(text.encode())
    if value is None or not 0 <= value < float("inf"):
        raise ProblemError(where, f"{flag} must be a non-negative number, not {text[:40]!r}")
    return value
