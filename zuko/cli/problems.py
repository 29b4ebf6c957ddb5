"""`zuko problems`: problem packages that a service keeps."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
from rich.text import Text

from zuko.cli.failures import USAGE
from zuko.cli.figures import UNKNOWN, mebibytes, points, seconds
from zuko.cli.remote import PATIENCE_S, Remote, remote_command
from zuko.cli.report import BAD, ODD, OK, Columns, Report, share_of_limit, verdict_text
from zuko.errors import SubmissionError
from zuko.wire.problems import ProblemResponse, ProblemsResponse, VerificationResponse

NOT_AS_CLAIMED: Final = 1

_EPILOG: Final = f"""\
Exit code: 0: done; {NOT_AS_CLAIMED}: a result is not as the package claims; {USAGE}: an option or a package is wrong,
or a problem does not exist; 75: no service answers, or it cannot do this now.
"""


@click.group("problems", epilog=_EPILOG)
def command() -> None:
    """Store problem packages in a service, and verify them there.

    PROBLEM is a name, for the newest version, or name@version.
    """


@command.command("push", epilog=_EPILOG)
@click.argument("package", type=click.Path(path_type=Path, exists=True), metavar="PACKAGE")
@click.option("--name", metavar="NAME", help="Name of the problem; default: that of the directory or archive.")
@click.option("--verify", "and_verify", is_flag=True, help="Then verify it.")
@remote_command
def push(remote: Remote, *, package: Path, name: str | None, and_verify: bool) -> int:
    """Store a problem package, a directory or an archive (zip or tar), as a new version."""
    with remote.connected() as client:
        try:
            pushed = client.problems.push(package, name)
        except SubmissionError as error:
            raise error if error.field != "name" else SubmissionError("name", f"--name: {error}") from error
    stored = pushed.problem
    report = Report()
    known = "" if pushed.is_new else " (its files are those of the newest version)"
    report.line(f"{stored.name}@{stored.version}{known}: {_summary(stored)}")
    _notes(report, stored)
    return _verify(remote, f"{stored.name}@{stored.version}", as_json=False) if and_verify else 0


@command.command("list", epilog=_EPILOG)
@click.option("--json", "as_json", is_flag=True, help="Print the API's response.")
@remote_command
def show_all(remote: Remote, *, as_json: bool) -> None:
    """List the newest version of each problem."""
    with remote.connected() as client:
        found = client.problems.list()
    if as_json:
        click.echo(ProblemsResponse(problems=list(found)).model_dump_json())
        return
    _table(Report(), found)


@command.command("show", epilog=_EPILOG)
@click.argument("problem")
@click.option("--json", "as_json", is_flag=True, help="Print the API's response.")
@remote_command
def show(remote: Remote, *, problem: str, as_json: bool) -> None:
    """Show a problem and its versions."""
    with remote.connected() as client:
        found = client.problems.get(problem)
        versions = () if as_json or "@" in problem else client.problems.versions(problem)
    if as_json:
        click.echo(found.model_dump_json())
        return
    report = Report()
    report.line(Text(f"{found.name}@{found.version}", "bold"), f"  {found.title}")
    report.line(f"    {_summary(found)}")
    allowed = found.allowed_languages
    report.line(f"    languages: {'all' if allowed is None else ', '.join(allowed)}")
    if found.jury_languages:
        report.line(f"    checker or interactor in: {', '.join(found.jury_languages)}")
    _notes(report, found)
    if versions:
        report.line()
        _table(report, versions)


@command.command("verify", epilog=_EPILOG)
@click.argument("problem")
@click.option("--json", "as_json", is_flag=True, help="Print the API's response when it is done.")
@remote_command
def verify(remote: Remote, *, problem: str, as_json: bool) -> int:
    """Have a service judge a problem's own submissions, and compare the results with the package's claims.

    It goes on in the service if the command is ended.
    """
    return _verify(remote, problem, as_json=as_json)


@command.command("delete", epilog=_EPILOG)
@click.argument("problem", metavar="NAME")
@remote_command
def delete(remote: Remote, *, problem: str) -> None:
    """Delete all versions of a problem; its submissions stay."""
    with remote.connected() as client:
        client.problems.delete(problem)
    click.echo(f"{problem}: deleted")


def _verify(remote: Remote, problem: str, *, as_json: bool) -> int:
    report = Report()
    if as_json:
        with remote.connected(PATIENCE_S) as client:
            found = client.problems.verify(problem)
        click.echo(found.model_dump_json())
    else:
        with remote.connected(PATIENCE_S) as client, report.busy("queued"):
            found = client.problems.verify(problem, _Progress(report).show)
        _show_counts(report, found)
    return NOT_AS_CLAIMED if found.ok is False else 0


class _Progress:
    """Prints the submissions of a verification, a line each as they end."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._columns: Columns | None = None
        self._shown: set[str] = set()

    def show(self, found: VerificationResponse) -> None:
        """Print a line for each submission that has ended since the last time."""
        if self._columns is None:
            self._columns = _columns(found)
            self._report.line(f"{found.problem}, time limit: {found.time_limit_ms / 1000:g} s")
            titles = ("submission", "language", "expected", "got", "slowest", "of limit", "memory")
            self._report.line(self._columns.heading(*titles))
        _show_ended(self._report, self._columns, found, self._shown)


def _show_counts(report: Report, found: VerificationResponse) -> None:
    counts = Counter(each.ok for each in found.submissions)
    parts = [Text(f"{counts[True]} as claimed", OK)]
    if counts[False]:
        parts.append(Text(f"{counts[False]} NOT as claimed", BAD))
    if counts[None]:
        parts.append(Text(f"{counts[None]} without a result", ODD))
    report.line()
    report.line(Text(", ").join(parts))


def _columns(found: VerificationResponse) -> Columns:
    submissions = found.submissions
    widths = [
        max([len(title), *(len(getattr(each, key) or UNKNOWN) for each in submissions)])
        for title, key in (("submission", "submission"), ("language", "language"), ("expected", "expected"))
    ]
    return Columns((*widths, len("WA 100.00"), 9, 8, 10), right=(4, 5, 6))


def _show_ended(report: Report, columns: Columns, found: VerificationResponse, shown: set[str]) -> None:
    """Print a line for each submission that has ended since."""
    for each in found.submissions:
        if each.submission in shown or each.state in ("queued", "running"):
            continue
        shown.add(each.submission)
        cells = [each.submission, each.language or UNKNOWN, each.expected]
        if each.verdict is None:
            report.line(columns.row(*cells, Text("not run", ODD)))
            report.line("    ", each.message or "")
            continue
        got = verdict_text(each.verdict)
        if each.points is not None:
            got = got + Text(f" {points(each.points)}")
        time_ns = None if each.time_used_ms is None else round(each.time_used_ms * 1e6)
        memory = None if each.memory_used_kb is None else each.memory_used_kb * 1024
        share = share_of_limit(time_ns, found.time_limit_ms, bar=False)
        as_claimed = Text("ok", OK) if each.ok else Text("NOT as claimed", BAD)
        report.line(columns.row(*cells, got, seconds(time_ns), share, mebibytes(memory), as_claimed))
        for sentence in each.unmet:
            report.line("    ", Text(sentence, BAD))
        for sentence in each.warnings:
            report.line("    ", Text("warning: ", ODD), sentence)


def _table(report: Report, problems: Sequence[ProblemResponse]) -> None:
    rows = [
        (
            f"{each.name}@{each.version}",
            str(each.cases),
            f"{each.time_limit_ms / 1000:g} s",
            mebibytes(each.size_bytes),
            f"{each.created_at:%Y-%m-%d %H:%M}",
            each.title,
        )
        for each in problems
    ]
    heading = ("problem", "cases", "limit", "size", "stored (UTC)", "title")
    report.table(heading, rows, right=(1, 2, 3))


def _summary(found: ProblemResponse) -> str:
    cases = found.cases
    return (
        f"{cases} {'case' if cases == 1 else 'cases'}, {found.time_limit_ms / 1000:g} s, "
        f"{found.memory_limit_kb // 1024} MiB, {found.submissions} own submissions, format {found.format}, "
        f"{mebibytes(found.size_bytes)}"
    )


def _notes(report: Report, found: ProblemResponse) -> None:
    for note in found.notes:
        report.line(Text("note: ", ODD), note)
