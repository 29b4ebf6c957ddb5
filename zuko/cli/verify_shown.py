"""Show what `zuko verify` finds: as a table, as lines of JSON, and kept for a page."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Final, Protocol, override

import click
from rich.text import Text

from zuko.cli.figures import mebibytes, points, seconds
from zuko.cli.judge import show_notes
from zuko.cli.report import BAD, DIM, ODD, OK, Columns, Report, share_of_limit, verdict_text
from zuko.package import Package
from zuko.package.page import Findings
from zuko.package.verify import TimeLimit, Tried, Validated, Verified, expected
from zuko.problem import Judgement, Verdict
from zuko.wire.judge import JudgeResponse
from zuko.wire.verify import InputFaultResponse, ValidatorResponse, VerifyResponse

# The results of a submission.
_OK: Final = "ok"
NOT_OK: Final = "NOT ok"
_UNCLAIMED: Final = "no claim"
_NOT_RUN: Final = "not run"
_TEXTS: Final = {_OK: Text(_OK, OK), NOT_OK: Text(NOT_OK, BAD), _UNCLAIMED: Text(_UNCLAIMED, ODD)}
_LONGEST: Final = 3  # submissions whose time is named
_SHORT_NS: Final = 30_000_000_000  # of judging: less is not worth a line
_COMPILER_LINES: Final = 10  # of a compiler's output
_FAULTS_SHOWN: Final = 20  # of one validator: the first ones show what is wrong


def status_of(verified: Verified) -> str:
    """Return the result of a submission: ok, NOT ok, no claim or not run."""
    if verified.ok is None:
        return _NOT_RUN
    if not verified.ok:
        return NOT_OK
    return _OK if verified.submission.expectations else _UNCLAIMED


class Spent:
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


class Shown(Protocol):
    """A way to show the results of a package."""

    def busy(self) -> AbstractContextManager[Callable[[str], None]]:
        """Return a context that is shown as work; what it is about is said by the function that it gives."""

    def add_validated(self, validated: Validated) -> None:
        """Show an input validator."""

    def add_tried(self, tried: Tried) -> None:
        """Show a directory that validators were tried on."""

    def begin(self, limit: TimeLimit) -> None:
        """Show the time limit: submissions follow."""

    def add(self, verified: Verified) -> None:
        """Show a submission."""

    def end(self, counts: Counter[str], spent: Spent) -> None:
        """Show the sum."""


class Lines(Shown):
    """Results as lines of JSON."""

    def __init__(self, package: Package) -> None:
        self._problem = package.problem.name

    @override
    def busy(self) -> AbstractContextManager[Callable[[str], None]]:
        return nullcontext(lambda _: None)

    @override
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

    @override
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

    @override
    def begin(self, _: TimeLimit) -> None:
        pass

    @override
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

    @override
    def end(self, _: Counter[str], __: Spent) -> None:
        pass


class Kept(Shown):
    """Results as another way shows them, kept for a page as well."""

    def __init__(self, shown: Shown, package: Package) -> None:
        self._shown = shown
        self._name = package.problem.name
        self._limit: TimeLimit | None = None
        self._validated: list[Validated] = []
        self._tried: list[Tried] = []
        self._verified: list[Verified] = []

    @property
    def findings(self) -> Findings:
        """Return all that has been shown."""
        return Findings(self._name, self._limit, tuple(self._validated), tuple(self._tried), tuple(self._verified))

    @override
    def busy(self) -> AbstractContextManager[Callable[[str], None]]:
        return self._shown.busy()

    @override
    def add_validated(self, validated: Validated) -> None:
        self._validated.append(validated)
        self._shown.add_validated(validated)

    @override
    def add_tried(self, tried: Tried) -> None:
        self._tried.append(tried)
        self._shown.add_tried(tried)

    @override
    def begin(self, limit: TimeLimit) -> None:
        self._limit = limit
        self._shown.begin(limit)

    @override
    def add(self, verified: Verified) -> None:
        self._verified.append(verified)
        self._shown.add(verified)

    @override
    def end(self, counts: Counter[str], spent: Spent) -> None:
        self._shown.end(counts, spent)


class Table(Shown):
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

    @override
    def busy(self) -> AbstractContextManager[Callable[[str], None]]:
        return self._report.busy("")

    @override
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

    @override
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

    @override
    def begin(self, limit: TimeLimit) -> None:
        self._report.line(f"time limit: {limit.cpu_time_ms / 1000:g} s, {limit.source}")
        self._report.line(self._columns.heading(*self._heads))

    @override
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
                _TEXTS[status_of(verified)],
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

    @override
    def end(self, counts: Counter[str], spent: Spent) -> None:
        parts = [Text(f"{counts[_OK]} as claimed", OK)]
        if counts[NOT_OK]:
            parts.append(Text(f"{counts[NOT_OK]} NOT as claimed", BAD))
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
