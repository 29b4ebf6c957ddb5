"""The cases of a submission on a terminal, a line each as they end, and the verdict."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from rich.text import Text

from zuko.cli.figures import mebibytes, points, seconds
from zuko.cli.report import DIM, Columns, Report, verdict_text
from zuko.problem import CaseResult, Judgement, Problem, Verdict

_NAME_MAX: Final = 40


@dataclass(frozen=True, slots=True)
class Shape:
    """The facts about a problem that a table needs before the first case."""

    cases: int
    name_width: int  # of a case, characters
    scored: bool
    time_limit_ms: int

    @classmethod
    def of(cls, problem: Problem) -> "Shape":
        """Return the shape of a problem."""
        width = max((len(case.name) for case in problem.cases), default=0)
        return cls(len(problem.cases), min(width, _NAME_MAX), problem.scored, problem.limits.cpu_time_ms)


class CaseTable:
    """The cases of a submission, a line each as they end, and the verdict.

    Args:
        report: where to print it.
        shape: of the problem.
        title: printed above it, if not empty.
    """

    def __init__(self, report: Report, shape: Shape, title: str = "") -> None:
        self._report = report
        self._shape = shape
        self._ended = 0
        self.say: Callable[[str], None] = lambda _: None  # shows the progress
        widths = (max(shape.name_width, len("case")), len("verdict"), 9, 9, 10, *((8,) if shape.scored else ()))
        self._columns = Columns(widths, right=range(2, len(widths)))
        if title:
            report.line(Text(title, "bold"))

    def add(self, result: CaseResult) -> None:
        """Print the line of a case."""
        if not self._ended:
            named = ("case", "verdict", "CPU", "wall", "memory", *(("points",) if self._shape.scored else ()))
            self._report.line(self._columns.heading(*named))
        self._ended += 1
        self.say(f"{self._ended} of {self._shape.cases} cases")
        remarks = [result.reason if result.verdict is not Verdict.AC else "", result.diff]
        if result.borderline:
            times = ", ".join(seconds(usage.cpu_time_ns) for usage in result.attempts)
            remarks.append(f"close to the limit, run {len(result.attempts)} times: {times}")
        self._report.line(
            self._columns.row(
                result.name,
                verdict_text(result.verdict),
                seconds(result.cpu_time_ns),
                seconds(result.wall_time_ns),
                mebibytes(result.peak_rss_bytes),
                *((points(result.points),) if self._shape.scored else ()),
                Text("; ".join(dict.fromkeys(filter(None, remarks))), DIM),
            )
        )

    def end(self, judgement: Judgement) -> None:
        """Print the groups, and the verdict."""
        report = self._report
        if judgement.compile_output:
            report.line(judgement.compile_output.rstrip())
        if self._shape.scored and judgement.groups:
            report.line()
            width = max(len("group"), *(len(group.name) for group in judgement.groups))
            columns = Columns((width, len("verdict"), 8), right=(2,))
            report.line(columns.heading("group", "verdict", "points"))
            for group in judgement.groups:
                most = "" if group.max_points is None else f"of {points(group.max_points)}"
                report.line(columns.row(group.name, verdict_text(group.verdict), points(group.points), most))
        report.line()
        where = f"{judgement.decided_by}: " if judgement.decided_by else ""
        why = f": {where}{judgement.reason}" if judgement.reason else ""
        report.line(verdict_text(judgement.verdict), f"  {judgement.verdict.meaning}{why}")
        if figures := "; ".join(self._figures(judgement)):
            report.line(f"    {figures}")

    def _figures(self, judgement: Judgement) -> Iterator[str]:
        if judgement.points is not None:
            most = "" if judgement.max_points is None else f" of {points(judgement.max_points)}"
            yield f"{points(judgement.points)}{most} points"
        if judgement.cases:
            limit = seconds(self._shape.time_limit_ms * 1_000_000)
            yield f"slowest {seconds(judgement.cpu_time_ns)} of {limit}, {mebibytes(judgement.peak_rss_bytes)}"
        if judgement.skipped and judgement.cases:
            yield f"{len(judgement.skipped)} of {self._shape.cases} cases were not run"
