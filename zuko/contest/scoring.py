"""Scoring: from judged submissions to standings. Pure, and independent of the order of the submissions.

CE and JE never count, because nothing is known about the programs' answers. Of a team's simultaneous submissions to the
same problem, an accepted one comes first.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from zuko.problem import Verdict

PENALTY_MIN: Final = 20  # for a rejected submission before the first accepted one: ICPC's rules

_NOT_COUNTED: Final = (Verdict.CE, Verdict.JE)


class Rules(StrEnum):
    """How submissions determine the rank."""

    ICPC = "icpc"  # most solved, then least penalty, then the earliest last accepted submission
    IOI = "ioi"  # the sum of the best result of each test group over all submissions
    POINTS = "points"  # the best submission to each problem
    POINTS_LAST = "points-last"  # the last submission to each problem


@dataclass(frozen=True, slots=True)
class JudgedSubmission:
    """A submission, as far as standings need it."""

    team: str
    problem: str
    time_s: float  # since the start of the contest
    verdict: Verdict
    points: float = 0.0  # of the whole submission; not used by ICPC
    groups: Mapping[str, float] = field(
        default_factory=dict
    )  # of each test group; IOI: empty means one group with `points`


@dataclass(frozen=True, slots=True)
class Cell:
    """One team and one problem."""

    problem: str
    attempts: int = 0  # that counted; ICPC: up to and including the first accepted one
    pending: int = 0  # since the freeze, with hidden outcome
    solved: bool = False  # accepted; POINTS and POINTS_LAST: the counting submission is
    time_min: int | None = None  # of the counting submission, in whole minutes; None: there is none
    penalty_min: int = 0  # ICPC: its minutes and the penalties of the rejected ones before it, if it is solved
    points: float = 0.0
    first: bool = False  # the first to solve it


@dataclass(frozen=True, slots=True)
class Row:
    """One team."""

    rank: int  # from 1; equal for tied teams
    team: str
    solved: int
    penalty_min: int
    last_accepted_min: int | None  # minute of the last submission that solved a problem; None: none did
    points: float
    cells: tuple[Cell, ...]  # in the order of the problems


@dataclass(frozen=True, slots=True)
class Standings:
    """The content of a scoreboard."""

    rules: Rules
    problems: tuple[str, ...]
    rows: tuple[Row, ...]  # by rank, then by name
    freeze_s: float | None = None  # submissions from this time on are pending; None: there is no freeze


def standings(
    submissions: Iterable[JudgedSubmission],
    rules: Rules,
    *,
    freeze_s: float | None = None,
    teams: Sequence[str] = (),
    problems: Sequence[str] = (),
    penalty_min: int = PENALTY_MIN,
) -> Standings:
    """Return the standings; without `freeze_s`, unfrozen.

    Args:
        submissions: the submissions, in any order.
        rules: how they count.
        freeze_s: submissions from this time on are shown as pending, and do not count.
        teams: teams that are shown even without a submission.
        problems: the problems, in order; others follow by name if there are submissions to them.
        penalty_min: minutes for each rejected submission, ICPC.
    """
    everything = sorted(submissions, key=lambda each: (each.time_s, each.verdict is not Verdict.AC))
    shown = [*problems, *sorted({each.problem for each in everything} - set(problems))]
    names = sorted({*teams, *(each.team for each in everything)})
    by_cell: dict[tuple[str, str], list[JudgedSubmission]] = {}
    for each in everything:
        by_cell.setdefault((each.team, each.problem), []).append(each)
    count = _COUNTERS[rules]
    rows = []
    for team in names:
        cells = []
        for problem in shown:
            mine = by_cell.get((team, problem), [])
            known = [each for each in mine if freeze_s is None or each.time_s < freeze_s]
            cell = count(problem, [each for each in known if each.verdict not in _NOT_COUNTED], penalty_min)
            hidden = 0 if rules is Rules.ICPC and cell.solved else len(mine) - len(known)
            cells.append(replace(cell, pending=hidden))
        rows.append(_row(team, cells))
    visible = [each for each in everything if freeze_s is None or each.time_s < freeze_s]
    return Standings(rules, tuple(shown), _ranked(_with_firsts(rows, visible), rules), freeze_s)


def _count_icpc(problem: str, mine: Sequence[JudgedSubmission], penalty_min: int) -> Cell:
    accepted = next((i for i, each in enumerate(mine) if each.verdict is Verdict.AC), None)
    if accepted is None:
        return Cell(problem, attempts=len(mine))
    minute = _minute(mine[accepted])
    return Cell(
        problem,
        attempts=accepted + 1,
        solved=True,
        time_min=minute,
        penalty_min=minute + accepted * penalty_min,
    )


def _count_ioi(problem: str, mine: Sequence[JudgedSubmission], _: int) -> Cell:
    best: dict[str, tuple[float, float]] = {}  # points, and minus the time: the earlier one of equal points
    for each in mine:
        for group, points in (each.groups or {"": each.points}).items():
            best[group] = max(best.get(group, (0.0, -math.inf)), (points, -each.time_s))
    times = [-time for points, time in best.values() if points > 0]
    return Cell(
        problem,
        attempts=len(mine),
        solved=any(each.verdict is Verdict.AC for each in mine),
        time_min=int(max(times) // 60) if times else None,
        points=math.fsum(points for points, _ in best.values()),
    )


def _count_best(problem: str, mine: Sequence[JudgedSubmission], _: int) -> Cell:
    best = max(mine, key=lambda each: (each.points, -each.time_s), default=None)
    return _from_one(problem, mine, best)


def _count_last(problem: str, mine: Sequence[JudgedSubmission], _: int) -> Cell:
    # The best of simultaneous ones, so that the order of the submissions does not matter.
    last = max(mine, key=lambda each: (each.time_s, each.points), default=None)
    return _from_one(problem, mine, last)


def _from_one(problem: str, mine: Sequence[JudgedSubmission], one: JudgedSubmission | None) -> Cell:
    if one is None:
        return Cell(problem)
    return Cell(
        problem,
        attempts=len(mine),
        solved=one.verdict is Verdict.AC,
        time_min=_minute(one),
        points=one.points,
    )


_COUNTERS: Final[Mapping[Rules, Callable[[str, Sequence[JudgedSubmission], int], Cell]]] = {
    Rules.ICPC: _count_icpc,
    Rules.IOI: _count_ioi,
    Rules.POINTS: _count_best,
    Rules.POINTS_LAST: _count_last,
}


def _row(team: str, cells: Sequence[Cell]) -> Row:
    solved = [cell for cell in cells if cell.solved]
    return Row(
        rank=0,
        team=team,
        solved=len(solved),
        penalty_min=sum(cell.penalty_min for cell in solved),
        last_accepted_min=max((cell.time_min for cell in solved if cell.time_min is not None), default=None),
        points=math.fsum(cell.points for cell in cells),
        cells=tuple(cells),
    )


def _with_firsts(rows: Sequence[Row], visible: Sequence[JudgedSubmission]) -> list[Row]:
    first: dict[str, float] = {}
    teams: dict[str, set[str]] = {}
    for each in visible:  # ordered by time
        if each.verdict is Verdict.AC and each.time_s <= first.setdefault(each.problem, each.time_s):
            teams.setdefault(each.problem, set()).add(each.team)
    return [
        replace(
            row,
            cells=tuple(
                replace(cell, first=cell.solved and row.team in teams.get(cell.problem, ())) for cell in row.cells
            ),
        )
        for row in rows
    ]


def _ranked(rows: Iterable[Row], rules: Rules) -> tuple[Row, ...]:
    def place(row: Row) -> tuple[float, ...]:
        if rules is Rules.ICPC:
            last = -1 if row.last_accepted_min is None else row.last_accepted_min
            return -row.solved, row.penalty_min, last
        return (-round(row.points, 9),)  # rounding errors of sums must not break ties

    ordered = sorted(rows, key=lambda row: (place(row), row.team))
    ranked: list[Row] = []
    for position, row in enumerate(ordered, 1):
        same = bool(ranked) and place(ranked[-1]) == place(row)
        ranked.append(replace(row, rank=ranked[-1].rank if same else position))
    return tuple(ranked)


def _minute(submission: JudgedSubmission) -> int:
    return int(submission.time_s // 60)
