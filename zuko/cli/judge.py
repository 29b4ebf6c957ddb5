"""`zuko judge`: judge solutions of a problem, case by case."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import click
from rich.text import Text

from zuko.cli.case_table import CaseTable, Shape
from zuko.cli.failures import USAGE
from zuko.cli.judging import judge
from zuko.cli.remote import Remote
from zuko.cli.remote_judge import judge_remotely
from zuko.cli.report import ODD, Report
from zuko.cli.session import executing, read_settings
from zuko.cli.solutions import read_problem, read_solution
from zuko.errors import ProblemError
from zuko.execution.options import admit_arguments
from zuko.judge import grading
from zuko.judge.custom import check_cases
from zuko.package import Package
from zuko.package.solutions import refused
from zuko.problem import Problem, Verdict
from zuko.wire.judge import JudgeResponse

REJECTED: Final = 1
JUDGE_ERROR: Final = 3

_EPILOG: Final = f"""\
Exit code: 0: accepted; {REJECTED}: another verdict; {USAGE}: an option, a solution or the package is wrong;
{JUDGE_ERROR}: a judge error; 75: the Docker host or an image is missing. With several solutions, the highest.
"""


@click.command("judge", epilog=_EPILOG)
@click.argument("problem")
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
@click.option(
    "--remote", "url", metavar="URL", help="Have this service judge; PROBLEM is the name of one that is stored there."
)
@click.option("--header", "headers", multiple=True, metavar="NAME:VALUE", help="Header to send there; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print the HTTP API's response, a line for each solution.")
def command(
    problem: str,
    solutions: tuple[Path, ...],
    language: str | None,
    workers: int | None,
    *,
    everything: bool,
    time_limit: int | None,
    arguments: tuple[str, ...],
    url: str | None,
    headers: tuple[str, ...],
    as_json: bool,
) -> int:
    """Judge solutions with the problem package PROBLEM, a directory or an archive.

    A SOLUTION is a file, or a directory of files. The result of each case is printed as soon as it is known.
    """
    if url is not None:
        options = {
            "workers": workers,
            "time_limit_ms": time_limit,
            "args": arguments or None,
            "stop_at_failure": False if everything else None,
        }
        sent = {name: value for name, value in options.items() if value is not None}
        remote = Remote(url, headers, "--remote")
        verdicts = judge_remotely(remote, problem, solutions, language, sent, as_json=as_json)
        return max(map(exit_code, verdicts))
    settings = read_settings()
    path = Path(problem)
    package = read_problem(path)
    read = [read_solution(package, path, each, language) for each in solutions]
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
            table = None if as_json else CaseTable(report, Shape.of(judged), each.path if len(read) > 1 else "")
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
            worst = max(worst, exit_code(judgement.verdict))
    return worst


def _with_arguments(problem: Problem, arguments: tuple[str, ...]) -> Problem:
    if not arguments:
        return problem
    cases = (replace(case, arguments=(*case.arguments, *arguments)) for case in problem.cases)
    return replace(problem, cases=tuple(cases))


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


def exit_code(verdict: Verdict) -> int:
    """Return the exit code that reports a verdict."""
    return {Verdict.AC: 0, Verdict.JE: JUDGE_ERROR}.get(verdict, REJECTED)
