"""Standings as text and as JSON. Names of teams are untrusted: none can control a terminal or change the layout."""

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final

from zuko.contest.scoring import Cell, Row, Rules, Standings

_JOINERS: Final = "\u200c\u200d"  # they join letters and emoji
_MARKS_MAX: Final = 3  # in a row: more would overlap other lines
_TEAM_WIDTH: Final = 30  # columns of a terminal


def safe_name(name: str) -> str:
    """Return a name on one line, with U+FFFD for characters that are not visible: controls, directions, line ends."""
    shown: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", name):
        category = unicodedata.category(character)
        marks = marks + 1 if category.startswith("M") else 0
        if marks > _MARKS_MAX:
            continue
        if category in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") and character not in _JOINERS:
            shown.append("\ufffd")
        else:
            shown.append(" " if category == "Zs" else character)
    return "".join(shown)


def headings(standings: Standings) -> tuple[str, ...]:
    """Return the names of the columns of `text_rows`."""
    totals = ("solved", "penalty") if standings.rules is Rules.ICPC else ("points",)
    return ("rank", "team", *totals, *(safe_name(problem) for problem in standings.problems))


def text_rows(standings: Standings) -> tuple[tuple[str, ...], ...]:
    """Return a row for each team, with a text for each of `headings`."""
    rows = []
    for row in standings.rows:
        cells = (cell_text(cell, standings.rules) for cell in row.cells)
        rows.append((str(row.rank), safe_name(row.team), *totals(row, standings.rules), *cells))
    return tuple(rows)


def totals(row: Row, rules: Rules) -> tuple[str, ...]:
    """Return the totals of a row: solved and penalty, or points."""
    return (str(row.solved), str(row.penalty_min)) if rules is Rules.ICPC else (points_text(row.points),)


def cell_text(cell: Cell, rules: Rules) -> str:
    """Return a cell in a few characters.

    ICPC: "+ 12" is solved in minute 12 at the first try, "+2 57" after two rejected tries, "-3" is three rejected
    tries; "*" instead of "+" is the first to solve. Other rules: the points. "?2" after it: two are pending.
    """
    pending = f"?{cell.pending}" if cell.pending else ""
    if rules is not Rules.ICPC:
        known = points_text(cell.points) if cell.attempts else ""
    elif cell.solved:
        rejected = cell.attempts - 1
        known = f"{'*' if cell.first else '+'}{rejected or ''} {cell.time_min}"
    else:
        known = f"-{cell.attempts}" if cell.attempts else ""
    return " ".join(part for part in (known, pending) if part) or "."


def points_text(points: float) -> str:
    """Return points with at most two decimal places."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def to_text(standings: Standings) -> str:
    """Return a table for a terminal or a file; every line ends with a newline."""
    table = [headings(standings), *text_rows(standings)]
    table = [(rank, _cut(team), *rest) for rank, team, *rest in table]
    widths = [max(_width(row[column]) for row in table) for column in range(len(table[0]))]
    lines = [_line(row, widths) for row in table]
    lines.insert(1, "  ".join("-" * width for width in widths))
    if standings.freeze_s is not None:
        lines.append(f"frozen at minute {standings.freeze_s / 60:.0f}: ? is pending")
    return "".join(f"{line.rstrip()}\n" for line in lines)


def to_json(standings: Standings) -> dict[str, Any]:
    """Return the standings as docs/reference/scoring.md describes; names are unchanged, as JSON escapes them."""
    return {
        "rules": standings.rules.value,
        "problems": list(standings.problems),
        "freeze_s": standings.freeze_s,
        "rows": [_row_json(row) for row in standings.rows],
    }


def _row_json(row: Row) -> dict[str, Any]:
    return {
        "rank": row.rank,
        "team": row.team,
        "solved": row.solved,
        "penalty_min": row.penalty_min,
        "last_accepted_min": row.last_accepted_min,
        "points": row.points,
        "cells": [
            {
                "problem": cell.problem,
                "attempts": cell.attempts,
                "pending": cell.pending,
                "solved": cell.solved,
                "first": cell.first,
                "time_min": cell.time_min,
                "penalty_min": cell.penalty_min,
                "points": cell.points,
            }
            for cell in row.cells
        ],
    }


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    # Names are aligned left, figures right.
    padded = (" " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
    return "  ".join(
        cell + pad if column == 1 else pad + cell for column, (cell, pad) in enumerate(zip(row, padded, strict=True))
    )


def _width(text: str) -> int:
    """Return the width in columns of a terminal: two for wide letters, none for combining marks."""
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character).startswith("M") or character in _JOINERS:
        return 0
    return 1 + (unicodedata.east_asian_width(character) in "WF")


def _cut(text: str) -> str:
    ends = list(accumulate(map(_columns, text)))
    if not ends or ends[-1] <= _TEAM_WIDTH:
        return text
    return text[: bisect_right(ends, _TEAM_WIDTH - 1)] + "…"
