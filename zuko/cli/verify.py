"""`zuko verify`: check a package's claims about its submissions, and its inputs."""

import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Final, Protocol

import click
from rich.text import Text

from zuko.cli.failures import USAGE, explain
from zuko.cli.figures import mebibytes, points, seconds
from zuko.cli.judge import JUDGE_ERROR, show_notes
from zuko.cli.judging import check_inputs, is_starved, judge, patiently
from zuko.cli.remembered import Remembered, cache_directory
from zuko.cli.report import BAD, DIM, ODD, OK, Columns, Report, share_of_limit, verdict_text
from zuko.cli.session import executing, read_settings
from zuko.cli.solutions import read_problem
from zuko.errors import NoCapacityError, ProblemError
from zuko.execution.blocking import BlockingExecutor
from zuko.judge.inputs import Input, InputFault
from zuko.package import Package
from zuko.package.selection import Selection, located, select
from zuko.package.solutions import Solution
from zuko.package.submissions import PackageSubmission
from zuko.package.trials import Trials
from zuko.package.verify import TimeLimit, Tried, Validated, Verified, expected, try_validators, validate, verify
from zuko.problem import Judgement, Problem, Verdict
from zuko.settings import Settings
from zuko.wire.judge import JudgeResponse
from zuko.wire.verify import InputFaultResponse, ValidatorResponse, VerifyResponse

NOT_AS_CLAIMED: Final = 1

# The results of a submission.
_OK: Final = "ok"
_NOT_OK: Final = "NOT ok"
_UNCLAIMED: Final = "no claim"
_NOT_RUN: Final = "not run"
_TEXTS: Final = {_OK: Text(_OK, OK), _NOT_OK: Text(_NOT_OK, BAD), _UNCLAIMED: Text(_UNCLAIMED, ODD)}
_LONGEST: Final = 3  # submissions whose time is named
_SHORT_NS: Final = 30_000_000_000  # of judging: less is not worth a line
_COMPILER_LINES: Final = 10  # of a compiler's output
_FAULTS_SHOWN: Final = 20  # of one validator: the first ones show what is wrong

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
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each input validator and submission.")
def command(
    problems: tuple[Path, ...],
    workers: int | None,
    submissions: tuple[re.Pattern[str], ...],
    cases: tuple[re.Pattern[str], ...],
    *,
    everything: bool,
    resume: bool,
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
    packages = located(problems)
    for number, (path, paths) in enumerate(packages.items()):
        if len(packages) > 1 and not as_json:
            report.line(*(["\n"] if number else []), Text(str(path), "bold"))
        try:
            package = select(read_problem(path), Selection(submissions, cases, paths))
            with executing(settings, workers=workers, workers_max=len(package.problem.cases)) as (executor, slots):
                shown: _Shown = _Lines(package) if as_json else _Table(report, package)
                worst = max(
                    worst,
                    _validate(package, settings, shown),
                    _try_validators(package, settings, executor, shown),
                    _verify(package, executor, slots, shown, resume=resume, everything=everything),
                )
        except ProblemError as error:
            click.echo(f"zuko: {explain(error)[0]}", err=True)
            worst = max(worst, USAGE)
    return worst


def _validate(package: Package, settings: Settings, shown: "_Shown") -> int:
    if not package.input_validators:
        return 0
    result = 0
    # With an executor of its own: that of the submissions would start a sandbox for each of its workers.
    with executing(settings) as (executor, _), shown.busy() as say:

        def check(validator: Solution, inputs: Sequence[Input]) -> tuple[InputFault, ...]:
            limits = package.problem.checker_limits
            return patiently(lambda: check_inputs(executor, validator.language, validator.files, inputs, limits))

        for each in validate(package, check, say):
            shown.add_validated(each)
            if each.ok is False:
                result = NOT_AS_CLAIMED
    return result


def _try_validators(package: Package, settings: Settings, executor: BlockingExecutor, shown: "_Shown") -> int:
    if package.trials == Trials():
        return 0
    limits = package.problem.checker_limits
    result = 0
    with executing(settings) as (alone, _), shown.busy() as say:

        def check(validator: Solution, inputs: Sequence[Input]) -> tuple[InputFault, ...]:
            return patiently(lambda: check_inputs(alone, validator.language, validator.files, inputs, limits))

        def judge_one(solution: Solution, problem: Problem) -> Judgement:
            return patiently(lambda: judge(executor, solution.language, solution.files, problem), is_starved=is_starved)

        for each in try_validators(package, check, judge_one, say):
            shown.add_tried(each)
            if each.ok is False:
                result = NOT_AS_CLAIMED
    return result


def _verify(
    package: Package, executor: BlockingExecutor, workers: int, shown: "_Shown", *, resume: bool, everything: bool
) -> int:
    def judge_one(solution: Solution, problem: Problem) -> Judgement:
        try:
            return patiently(
                lambda: judge(executor, solution.language, solution.files, problem, workers=workers),
                is_starved=is_starved,
            )
        except NoCapacityError as error:  # the host was too slow, perhaps for this one only
            return Judgement(Verdict.JE, str(error), None, None)

    remembered = Remembered(cache_directory(), judge_one, reads=resume)
    counts: Counter[str] = Counter()
    failed = False
    spent = _Spent()
    with shown.busy() as say:

        def begin(submission: PackageSubmission) -> None:
            spent.begin(submission.path)
            say(submission.path)

        for each in verify(package, remembered.judge, begin, everything=everything):
            if isinstance(each, TimeLimit):
                shown.begin(each)
                continue
            shown.add(each)
            counts[_status(each)] += 1
            failed = failed or (each.judgement is not None and each.judgement.verdict is Verdict.JE)
    spent.begin("")
    spent.recalled = remembered.recalled
    remembered.forget()
    shown.end(counts, spent)
    return JUDGE_ERROR if failed else NOT_AS_CLAIMED if counts[_NOT_OK] else 0


def _status(verified: Verified) -> str:
    if verified.ok is None:
        return _NOT_RUN
    if not verified.ok:
        return _NOT_OK
    return _OK if verified.submission.expectations else _UNCLAIMED


class _Spent:
    """The wall time of each submission, also when it is judged more than once."""

    def __init__(self) -> None:
        self._at = time.monotonic()
        self._path = ""
        self.by_path: Counter[str] = Counter()  # ns
        self.recalled = 0  # results of earlier runs

    def begin(self, path: str) -> None:
        """Count the time since the last call for what it began."""
        now = time.monotonic()
        if self._path:
            self.by_path[self._path] += round((now - self._at) * 1e9)
        self._at, self._path = now, path

    def summary(self) -> str:
        """Return where most of the time went; "" if it was short."""
        total_ns = self.by_path.total()
        if total_ns < _SHORT_NS or len(self.by_path) < _LONGEST:
            return ""
        longest = ", ".join(f"{path} {seconds(time_ns)}" for path, time_ns in self.by_path.most_common(_LONGEST))
        return f"{seconds(total_ns)} of judging; longest: {longest}"


class _Shown(Protocol):
    """A way to show the results of a package."""

    def busy(self) -> AbstractContextManager[Callable[[str], None]]: ...

    def add_validated(self, validated: Validated) -> None: ...

    def add_tried(self, tried: Tried) -> None: ...

    def begin(self, limit: TimeLimit) -> None: ...

    def add(self, verified: Verified) -> None: ...

    def end(self, counts: Counter[str], spent: _Spent) -> None: ...


class _Lines:
    """Results as lines of JSON."""

    def __init__(self, package: Package) -> None:
        self._problem = package.problem.name

    def busy(self) -> AbstractContextManager[Callable[[str], None]]:
        return nullcontext(lambda _: None)

    def add_validated(self, validated: Validated) -> None:
        response = ValidatorResponse(
            problem=self._problem,
            validator=validated.validator.path,
            language=validated.language,
            inputs=validated.inputs,
            ok=validated.ok,
            faults=[InputFaultResponse(case=fault.name, message=fault.reason) for fault in validated.faults],
            message=validated.reason or None,
        )
        click.echo(response.model_dump_json())

    def add_tried(self, tried: Tried) -> None:
        response = ValidatorResponse(
            problem=self._problem,
            validator=tried.path,
            language=None,
            inputs=tried.cases,
            ok=tried.ok,
            faults=[InputFaultResponse(case=fault.name, message=fault.reason) for fault in tried.faults],
            message=tried.reason or None,
        )
        click.echo(response.model_dump_json())

    def begin(self, _: TimeLimit) -> None:
        pass

    def add(self, verified: Verified) -> None:
        solution, judgement = verified.solution, verified.judgement
        compiled = solution is not None and solution.language.compiler is not None
        response = VerifyResponse(
            problem=self._problem,
            submission=verified.submission.path,
            language=solution.shown_language if solution else None,
            expected=expected(verified.submission.expectations),
            ok=verified.ok,
            unmet=list(verified.unmet),
            warnings=list(verified.warnings),
            message=verified.submission.reason or None,
            time_limit_ms=verified.limit_ms,
            judgement=JudgeResponse.from_judgement(judgement, compiled=compiled) if judgement else None,
        )
        click.echo(response.model_dump_json())

    def end(self, _: Counter[str], __: _Spent) -> None:
        pass


class _Table:
    """Results as a table for people."""

    def __init__(self, report: Report, package: Package) -> None:
        self._report = report
        self._scored = package.problem.scored
        submissions = package.submissions
        least = (
            max((len(each.path) for each in submissions), default=0),
            max((len(each.program.language) for each in submissions if each.program), default=0),
            max((len(expected(each.expectations)) for each in submissions), default=0),
            len("got") if not self._scored else len("WA 100.00"),
            9,
            15 if report.is_terminal else 5,
            10,
        )
        heads = ("submission", "language", "expected", "got", "slowest", "of limit", "memory", "")
        widths = tuple(max(width, len(head)) for width, head in zip(least, heads, strict=False))
        self._columns = Columns(widths, right=(4, 5, 6))
        self._heads = heads
        self._invalid: set[str] = set()  # names of cases
        self._shown: set[str] = set()  # sentences
        show_notes(report, package)

    def busy(self) -> AbstractContextManager[Callable[[str], None]]:
        return self._report.busy("")

    def add_validated(self, validated: Validated) -> None:
        report, faults, path = self._report, validated.faults, validated.validator.path
        self._invalid |= {fault.name for fault in faults}
        if validated.ok is None:
            report.line(f"{path}: ", Text("not run", ODD))
        elif validated.ok:
            report.line(f"{path}: {_count(validated.inputs, 'input')}, ", Text("ok", OK))
        else:
            what = f"{len(faults)} of {_count(validated.inputs, 'input')} not valid, " if faults else ""
            report.line(f"{path}: {what}", Text("NOT ok", BAD))
        if validated.reason:
            report.line("    ", validated.reason)
        self._faults([f"data/{fault.name}.in {fault.reason}" for fault in faults])

    def add_tried(self, tried: Tried) -> None:
        report = self._report
        if tried.ok is None:
            report.line(f"{tried.path}: ", Text("not tried", ODD))
            report.line("    ", tried.reason)
            return
        what = f"{len(tried.faults)} of {_count(tried.cases, 'case')}, " if tried.faults else ""
        text = Text("NOT ok", BAD) if tried.faults else Text("ok", OK)
        report.line(f"{tried.path}: {what or _count(tried.cases, 'case') + ', '}", text)
        self._faults([f"data/{fault.name} {fault.reason}" for fault in tried.faults])

    def _faults(self, sentences: Sequence[str]) -> None:
        for sentence in sentences[:_FAULTS_SHOWN]:
            self._report.line("    ", Text(sentence, BAD))
        if len(sentences) > _FAULTS_SHOWN:
            self._report.line("    ", f"and {len(sentences) - _FAULTS_SHOWN} more")

    def begin(self, limit: TimeLimit) -> None:
        self._report.line(f"time limit: {limit.cpu_time_ms / 1000:g} s, {limit.source}")
        self._report.line(self._columns.heading(*self._heads))

    def add(self, verified: Verified) -> None:
        report, submission, judgement = self._report, verified.submission, verified.judgement
        claimed = expected(submission.expectations)
        if judgement is None or verified.solution is None:
            report.line(self._columns.row(submission.path, "-", claimed, "-", "-", "-", "-", Text("not run", ODD)))
            report.line("    ", submission.reason)
            return
        got = verdict_text(judgement.verdict)
        if self._scored:
            got = got + Text(f" {points(judgement.points)}")
        report.line(
            self._columns.row(
                submission.path,
                verified.solution.shown_language,
                claimed,
                got,
                *self._time(judgement, verified.limit_ms),
                mebibytes(judgement.peak_rss_bytes),
                _TEXTS[_status(verified)],
            )
        )
        for sentence in verified.unmet:
            first, *more = sentence.splitlines()
            if (
                more and sentence in self._shown
            ):  # the compiler's output for the validator, the same for each submission
                first, more = f"{first} (see above)", []
            self._shown.add(sentence)
            report.line("    ", Text(first, BAD))
            self._dim(more)
        if verified.unmet:
            self._explain(judgement, verified.unmet)
        for sentence in verified.warnings:
            report.line("    ", Text("warning: ", ODD), sentence)

    def _explain(self, judgement: Judgement, unmet: tuple[str, ...]) -> None:
        """Print the causes that the sentences do not contain."""
        if judgement.reason and not any(judgement.reason in sentence for sentence in unmet):
            self._report.line("    ", Text(f"{judgement.decided_by or 'the whole'}: {judgement.reason}", DIM))
        if judgement.verdict is Verdict.CE:
            self._dim((judgement.compile_output or "").splitlines()[:_COMPILER_LINES])

    def _dim(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._report.line("        ", Text(line, DIM))

    def _time(self, judgement: Judgement, limit_ms: int) -> tuple[str, Text]:
        """Return the slowest CPU time and its share of the limit; the wall time of a submission that waited."""
        slowest_ns = judgement.cpu_time_ns
        is_slow = any(case.verdict is Verdict.TLE for case in judgement.cases)
        if is_slow and slowest_ns is not None and slowest_ns <= limit_ms * 1_000_000:
            return seconds(judgement.wall_time_ns), Text("wall")
        return seconds(slowest_ns), share_of_limit(slowest_ns, limit_ms, bar=self._report.is_terminal)

    def end(self, counts: Counter[str], spent: _Spent) -> None:
        parts = [Text(f"{counts[_OK]} as claimed", OK)]
        if counts[_NOT_OK]:
            parts.append(Text(f"{counts[_NOT_OK]} NOT as claimed", BAD))
        if counts[_UNCLAIMED]:
            parts.append(Text(f"{counts[_UNCLAIMED]} without a claim", ODD))
        if counts[_NOT_RUN]:
            parts.append(Text(f"{counts[_NOT_RUN]} not run", ODD))
        if self._invalid:
            parts.append(Text(f"{_count(len(self._invalid), 'input')} NOT valid", BAD))
        self._report.line()
        self._report.line(Text(", ").join(parts))
        if spent.recalled:
            self._report.line(Text(f"{_count(spent.recalled, 'result')} of earlier runs", DIM))
        if summary := spent.summary():
            self._report.line(Text(summary, DIM))


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
