"""`zuko judge`: judge solutions of a problem, case by case."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
from rich.text import Text

from zuko.cli.failures import USAGE
from zuko.cli.figures import mebibytes, points, seconds
from zuko.cli.judging import judge
from zuko.cli.report import DIM, ODD, Columns, Report, verdict_text
from zuko.cli.session import executing, read_settings
from zuko.cli.solutions import read_problem, read_solution
from zuko.errors import ProblemError
from zuko.execution.admission import admit_arguments
from zuko.judge import grading
from zuko.judge.custom import check_cases
from zuko.package import Package
from zuko.package.solutions import refused
from zuko.problem import CaseResult, Judgement, Problem, Verdict
from zuko.wire.judge import JudgeResponse

REJECTED: Final = 1
JUDGE_ERROR: Final = 3

_NAME_MAX: Final = 40
_EPILOG: Final = f"""\
Exit code: 0: accepted; {REJECTED}: another verdict; {USAGE}: an option, a solution or the package is wrong;
{JUDGE_ERROR}: a judge error; 75: the Docker host or an image is missing. With several solutions, the highest.
"""


@click.command("judge", epilog=_EPILOG)
@click.argument("problem", type=click.Path(path_type=Path))
@click.argument("solutions", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="SOLUTION...")
@click.option("-l", "--language", metavar="NAME", help="Language of the solutions; default: by their extensions.")
@click.option(
    "-j", "--workers", type=click.IntRange(1, 1024), metavar="N", help="Cases run at a time; default: half the cores."
)
@click.option("-a", "--all", "everything", is_flag=True, help="Run every case, even after a failure.")
@click.option("--time-limit", type=click.IntRange(min=1), metavar="MS", help="CPU time limit instead of the package's.")
@click.option(
    "--arg",
    "arguments",
    multiple=True,
    metavar="TEXT",
    help="An argument of the solutions, after a case's; repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the HTTP API's response, a line for each solution.")
def command(
    problem: Path,
    solutions: tuple[Path, ...],
    language: str | None,
    workers: int | None,
    *,
    everything: bool,
    time_limit: int | None,
    arguments: tuple[str, ...],
    as_json: bool,
) -> int:
    """Judge solutions with the problem package PROBLEM, a directory or an archive.

    A SOLUTION is a file, or a directory of files. The result of each case is printed as soon as it is known.
    """
    settings = read_settings()
    package = read_problem(problem)
    read = [read_solution(package, problem, path, language) for path in solutions]
    for each in read:
        if refusal := refused(package, each):
            raise ProblemError(each.path, refusal)
    judged = package.with_time_limit(time_limit) if time_limit else package.problem
    check_cases(judged, settings.workspace_mib << 20)
    judged = _with_arguments(judged, admit_arguments(arguments, "--arg"))
    report = Report()
    if not as_json:
        _show_notes(report, package, time_limit)
    worst = 0
    with executing(settings, workers=workers, workers_max=len(judged.cases)) as (executor, slots):
        for each in read:
            table = None if as_json else CaseTable(report, judged, each.path if len(read) > 1 else "")
            asked = each.problem(grading.run_everything(judged) if everything else judged)
            if table is None:
                judgement = judge(executor, each.language, each.files, asked, workers=slots)
                compiled = each.language.compiler is not None
                click.echo(JudgeResponse.from_judgement(judgement, compiled=compiled).model_dump_json())
            else:
                with report.busy("compiling" if each.language.compiler else "starting") as say:
                    table.say = say
                    judgement = judge(executor, each.language, each.files, asked, workers=slots, on_result=table.add)
                table.end(judgement)
            worst = max(worst, _exit_code(judgement))
    return worst


def _with_arguments(problem: Problem, arguments: tuple[str, ...]) -> Problem:
    if not arguments:
        return problem
    cases = (replace(case, arguments=(*case.arguments, *arguments)) for case in problem.cases)
    return replace(problem, cases=tuple(cases))


class CaseTable:
    """The cases of a submission, a line each as they end, and the verdict.

    Args:
        report: where to print it.
        problem: the problem.
        title: printed above it, if not empty.
    """

    def __init__(self, report: Report, problem: Problem, title: str = "") -> None:
        self._report = report
        self._problem = problem
        self._ended = 0
        self.say: Callable[[str], None] = lambda _: None  # shows the progress
        width = min(max((len(case.name) for case in problem.cases), default=0), _NAME_MAX)
        widths = (max(width, len("case")), len("verdict"), 9, 9, 10, *((8,) if problem.scored else ()))
        self._columns = Columns(widths, right=range(2, len(widths)))
        if title:
            report.line(Text(title, "bold"))

    def add(self, result: CaseResult) -> None:
        """Print the line of a case."""
        if not self._ended:
            named = ("case", "verdict", "CPU", "wall", "memory", *(("points",) if self._problem.scored else ()))
            self._report.line(self._columns.heading(*named))
        self._ended += 1
        self.say(f"{self._ended} of {len(self._problem.cases)} cases")
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
                *((points(result.points),) if self._problem.scored else ()),
                Text("; ".join(dict.fromkeys(filter(None, remarks))), DIM),
            )
        )

    def end(self, judgement: Judgement) -> None:
        """Print the groups, and the verdict."""
        report = self._report
        if judgement.compile_output:
            report.line(judgement.compile_output.rstrip())
        if self._problem.scored and judgement.groups:
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
            limit = seconds(self._problem.limits.cpu_time_ms * 1_000_000)
            yield f"slowest {seconds(judgement.cpu_time_ns)} of {limit}, {mebibytes(judgement.peak_rss_bytes)}"
        if judgement.skipped and judgement.cases:
            yield f"{len(judgement.skipped)} of {len(self._problem.cases)} cases were not run"


def show_notes(report: Report, package: Package) -> None:
    """Print the notes on a package: oddities that are not errors."""
    for note in package.notes:
        report.line(Text("note: ", ODD), note)


def _show_notes(report: Report, package: Package, time_limit_ms: int | None) -> None:
    show_notes(report, package)
    if package.timing.time_limit_ms is None and time_limit_ms is None:
        limit = package.problem.limits.cpu_time_ms / 1000
        report.line(
            Text("note: ", ODD),
            f"the package has no time limit, using {limit:g} s; see zuko verify, or set --time-limit",
        )


def _exit_code(judgement: Judgement) -> int:
    return {Verdict.AC: 0, Verdict.JE: JUDGE_ERROR}.get(judgement.verdict, REJECTED)
