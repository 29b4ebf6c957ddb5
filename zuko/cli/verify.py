"""`zuko verify`: check a package's claims about its submissions, and its inputs."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
from rich.text import Text

from zuko.cli.failures import USAGE, explain
from zuko.cli.judge import JUDGE_ERROR
from zuko.cli.judging import check_inputs, is_starved, judge, patiently
from zuko.cli.remembered import Remembered
from zuko.cli.report import Report
from zuko.cli.session import executing, read_settings
from zuko.cli.solutions import read_problem
from zuko.cli.verify_shown import NOT_OK, Kept, Lines, Shown, Spent, Table, status_of
from zuko.errors import NoCapacityError, ProblemError
from zuko.execution.blocking import BlockingExecutor
from zuko.execution.caches import user_cache
from zuko.judge.inputs import Input, InputFault
from zuko.package import Package
from zuko.package.page import Findings, to_html
from zuko.package.selection import Selection, located, select
from zuko.package.solutions import Solution
from zuko.package.submissions import PackageSubmission
from zuko.package.trials import Trials
from zuko.package.verify import CheckInputs, TimeLimit, Tried, Validated, try_validators, validate, verify
from zuko.problem import Judgement, Problem, Verdict
from zuko.settings import Settings

NOT_AS_CLAIMED: Final = 1

_EPILOG: Final = f"""\
Exit code: 0: all is as claimed; {NOT_AS_CLAIMED}: something is not, or an input is not valid; {USAGE}: an option or a
package is wrong; {JUDGE_ERROR}: a judge error; 75: the Docker host or an image is missing.
With several packages, the highest.
"""


def _patterns(_: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    try:
        return tuple(map(re.compile, given))
    except re.error as error:
        raise click.BadParameter(f"is not a regular expression: {error}", param=parameter) from None


@click.command("verify", epilog=_EPILOG)
@click.argument("problems", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="PROBLEM...")
@click.option(
    "-j", "--workers", type=click.IntRange(1, 1024), metavar="N", help="Cases run at a time; default: half the cores."
)
@click.option(
    "-s",
    "--submissions",
    "submissions",
    multiple=True,
    callback=_patterns,
    metavar="REGEX",
    help="Only submissions whose path below submissions/ matches; may be repeated.",
)
@click.option(
    "-d",
    "--data",
    "cases",
    multiple=True,
    callback=_patterns,
    metavar="REGEX",
    help="Only test cases whose name matches; may be repeated.",
)
@click.option("-a", "--all", "everything", is_flag=True, help="Judge every case, even where the claims are settled.")
@click.option("--resume", is_flag=True, help="Take results of earlier runs where nothing has changed.")
@click.option("--html", "html_path", type=click.Path(path_type=Path), metavar="FILE", help="Also write one HTML page.")
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each input validator and submission.")
def command(
    problems: tuple[Path, ...],
    workers: int | None,
    submissions: tuple[re.Pattern[str], ...],
    cases: tuple[re.Pattern[str], ...],
    *,
    everything: bool,
    resume: bool,
    html_path: Path | None,
    as_json: bool,
) -> int:
    """Run every submission of the problem packages, and compare the results with the packages' claims.

    First the input validators check every input.
    A submission in submissions/accepted must be accepted, one in submissions/time_limit_exceeded too slow, and so on.
    Times close to the time limit, on either side, give a warning. If a package has no time limit, it is inferred from
    the accepted submissions.
    A PROBLEM may also be a path in a package's submissions or data: then only these are verified.
    """
    settings = read_settings()
    report = Report()
    worst = 0
    found: list[Findings] = []
    if html_path is not None:
        _write(html_path, found)  # before hours of judging: it may not be writable
    packages = located(problems)
    for number, (path, paths) in enumerate(packages.items()):
        if len(packages) > 1 and not as_json:
            report.line(*(["\n"] if number else []), Text(str(path), "bold"))
        try:
            package = select(read_problem(path), Selection(submissions, cases, paths))
            with executing(settings, workers=workers, workers_max=len(package.problem.cases)) as (executor, slots):
                shown = Kept(Lines(package) if as_json else Table(report, package), package)
                worst = max(
                    worst,
                    _validate(package, settings, shown),
                    _try_validators(package, settings, executor, shown),
                    _verify(package, executor, slots, shown, resume=resume, everything=everything),
                )
            found.append(shown.findings)
        except ProblemError as error:
            click.echo(f"zuko: {explain(error)[0]}", err=True)
            worst = max(worst, USAGE)
    if html_path is not None:
        _write(html_path, found)
    return worst


def _write(path: Path, found: Sequence[Findings]) -> None:
    try:
        path.write_text(to_html(found), encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"--html: {path} cannot be written: {error.strerror}") from error


def _validate(package: Package, settings: Settings, shown: Shown) -> int:
    if not package.input_validators:
        return 0
    result = 0
    # With an executor of its own: that of the submissions would start a sandbox for each of its workers.
    with executing(settings) as (executor, _), shown.busy() as say:
        for validated in validate(package, _check_inputs(package, executor), say):
            shown.add_validated(validated)
            result = max(result, _exit_code(validated))
    return result


def _try_validators(package: Package, settings: Settings, executor: BlockingExecutor, shown: Shown) -> int:
    if package.trials == Trials():
        return 0
    result = 0
    with executing(settings) as (alone, _), shown.busy() as say:

        def judge_one(solution: Solution, problem: Problem) -> Judgement:
            return patiently(lambda: judge(executor, solution.language, solution.files, problem), is_starved=is_starved)

        for tried in try_validators(package, _check_inputs(package, alone), judge_one, say):
            shown.add_tried(tried)
            result = max(result, _exit_code(tried))
    return result


def _check_inputs(package: Package, executor: BlockingExecutor) -> CheckInputs:
    limits = package.problem.checker_limits

    def check(validator: Solution, inputs: Sequence[Input]) -> tuple[InputFault, ...]:
        return patiently(lambda: check_inputs(executor, validator.language, validator.files, inputs, limits))

    return check


def _exit_code(found: Validated | Tried) -> int:
    return JUDGE_ERROR if found.failed else NOT_AS_CLAIMED if found.ok is False else 0


def _verify(
    package: Package, executor: BlockingExecutor, workers: int, shown: Shown, *, resume: bool, everything: bool
) -> int:
    def judge_one(solution: Solution, problem: Problem) -> Judgement:
        try:
            return patiently(
                lambda: judge(executor, solution.language, solution.files, problem, workers=workers),
                is_starved=is_starved,
            )
        except NoCapacityError as error:  # the host was too slow, perhaps for this one only
            return Judgement(Verdict.JE, str(error), None, None)

    remembered = Remembered(user_cache("verify"), judge_one, reads=resume)
    counts: Counter[str] = Counter()
    failed = False
    spent = Spent()
    with shown.busy() as say:

        def begin(submission: PackageSubmission) -> None:
            spent.begin(submission.path)
            say(submission.path)

        for each in verify(package, remembered.judge, begin, everything=everything):
            if isinstance(each, TimeLimit):
                shown.begin(each)
                continue
            shown.add(each)
            counts[status_of(each)] += 1
            failed = failed or (each.judgement is not None and each.judgement.verdict is Verdict.JE)
    spent.begin("")
    spent.recalled = remembered.recalled
    remembered.forget()
    shown.end(counts, spent)
    return JUDGE_ERROR if failed else NOT_AS_CLAIMED if counts[NOT_OK] else 0
