"""`zuko problems`: problem packages that a service keeps."""

import os
import re
import tarfile
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, Final, cast
from urllib.parse import quote

import click
from rich.text import Text

from zuko.cli.failures import USAGE
from zuko.cli.figures import UNKNOWN, mebibytes, points, seconds
from zuko.cli.remote import Remote, remote_of, remote_options
from zuko.cli.report import BAD, ODD, OK, Columns, Report, share_of_limit, verdict_text
from zuko.errors import ProblemError
from zuko.problem import Verdict

NOT_AS_CLAIMED: Final = 1
PATH: Final = "/api/v1/problems"

_WAIT_S: Final = 20
_ENTRIES_MAX: Final = 50_000  # of a package; importing the reader of packages would take longer than most requests
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_FORMATS: Final = re.compile(r"\.(zip|kpp|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz|zst))$", re.IGNORECASE)
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
@remote_options
def push(package: Path, name: str | None, url: str, headers: tuple[str, ...], *, and_verify: bool) -> int:
    """Store a problem package, a directory or an archive (zip or tar), as a new version."""
    remote = remote_of(url, headers)
    named = name or _name_of(package)
    if not _NAME.fullmatch(named):
        raise click.BadParameter(
            f"{named[:80]!r} is not a name of a problem: up to 64 of a-z 0-9 . _ -, the first a letter or digit",
            param_hint="--name",
        )
    with _archive(package) as (file, size_bytes):
        answer = remote.request(
            "PUT",
            f"{PATH}/{named}",
            file,
            {"content-type": "application/octet-stream", "content-length": str(size_bytes)},
        )
    stored = answer.json()
    report = Report()
    known = " (its files are those of the newest version)" if answer.status_code == 200 else ""
    report.line(f"{stored['name']}@{stored['version']}{known}: {_summary(stored)}")
    _notes(report, stored)
    return _verify(remote, f"{stored['name']}@{stored['version']}", as_json=False) if and_verify else 0


@command.command("list", epilog=_EPILOG)
@click.option("--json", "as_json", is_flag=True, help="Print the API's response.")
@remote_options
def show_all(url: str, headers: tuple[str, ...], *, as_json: bool) -> None:
    """List the newest version of each problem."""
    answer = remote_of(url, headers).get(PATH)
    if as_json:
        click.echo(answer.content)
        return
    _table(answer.json()["problems"])


@command.command("show", epilog=_EPILOG)
@click.argument("problem")
@click.option("--json", "as_json", is_flag=True, help="Print the API's response.")
@remote_options
def show(problem: str, url: str, headers: tuple[str, ...], *, as_json: bool) -> None:
    """Show a problem and its versions."""
    remote = remote_of(url, headers)
    answer = remote.get(f"{PATH}/{quote(problem)}")
    if as_json:
        click.echo(answer.content)
        return
    found = answer.json()
    report = Report()
    report.line(Text(f"{found['name']}@{found['version']}", "bold"), f"  {found['title']}")
    report.line(f"    {_summary(found)}")
    allowed = found["allowed_languages"]
    report.line(f"    languages: {'all' if allowed is None else ', '.join(allowed)}")
    if found["jury_languages"]:
        report.line(f"    checker or interactor in: {', '.join(found['jury_languages'])}")
    _notes(report, found)
    if "@" not in problem:
        report.line()
        _table(remote.get(f"{PATH}/{quote(problem)}/versions").json()["problems"], report)


@command.command("verify", epilog=_EPILOG)
@click.argument("problem")
@click.option("--json", "as_json", is_flag=True, help="Print the API's response when it is done.")
@remote_options
def verify(problem: str, url: str, headers: tuple[str, ...], *, as_json: bool) -> int:
    """Have a service judge a problem's own submissions, and compare the results with the package's claims.

    It goes on in the service if the command is ended.
    """
    return _verify(remote_of(url, headers), problem, as_json=as_json)


@command.command("delete", epilog=_EPILOG)
@click.argument("problem", metavar="NAME")
@remote_options
def delete(problem: str, url: str, headers: tuple[str, ...]) -> None:
    """Delete all versions of a problem; its submissions stay."""
    remote_of(url, headers).request("DELETE", f"{PATH}/{quote(problem)}")
    click.echo(f"{problem}: deleted")


def _verify(remote: Remote, problem: str, *, as_json: bool) -> int:
    answer = remote.post(f"{PATH}/{quote(problem)}/verify")
    found = answer.json()
    report = Report()
    # The path is ours, whatever a proxy has put before it.
    path = f"{PATH}/{quote(found['problem'].partition('@')[0])}/verifications/{quote(found['id'])}"
    shown: set[str] = set()
    columns = _columns(found)
    if not as_json:
        report.line(f"{found['problem']}, time limit: {found['time_limit_ms'] / 1000:g} s")
        report.line(columns.heading("submission", "language", "expected", "got", "slowest", "of limit", "memory"))
    with report.busy("queued") if not as_json else _silent():
        while True:
            if not as_json:
                _show_ended(report, columns, found, shown)
            if found["state"] == "done":
                break
            answer = remote.get(path, wait=_WAIT_S)
            found = answer.json()
    if as_json:
        click.echo(answer.content)
    else:
        counts = Counter(each["ok"] for each in found["submissions"])
        parts = [Text(f"{counts[True]} as claimed", OK)]
        if counts[False]:
            parts.append(Text(f"{counts[False]} NOT as claimed", BAD))
        if counts[None]:
            parts.append(Text(f"{counts[None]} without a result", ODD))
        report.line()
        report.line(Text(", ").join(parts))
    return NOT_AS_CLAIMED if found["ok"] is False else 0


def _columns(found: dict[str, Any]) -> Columns:
    submissions = found["submissions"]
    widths = [
        max([len(title), *(len(each[key] or UNKNOWN) for each in submissions)])
        for title, key in (("submission", "submission"), ("language", "language"), ("expected", "expected"))
    ]
    return Columns((*widths, len("WA 100.00"), 9, 8, 10), right=(4, 5, 6))


def _show_ended(report: Report, columns: Columns, found: dict[str, Any], shown: set[str]) -> None:
    """Print a line for each submission that has ended since."""
    for each in found["submissions"]:
        if each["submission"] in shown or each["state"] in ("queued", "running"):
            continue
        shown.add(each["submission"])
        cells = [each["submission"], each["language"] or UNKNOWN, each["expected"]]
        if each["verdict"] is None:
            report.line(columns.row(*cells, Text("not run", ODD)))
            report.line("    ", each["message"] or "")
            continue
        got = verdict_text(Verdict(each["verdict"]))
        if each["points"] is not None:
            got = got + Text(f" {points(each['points'])}")
        time_ns = None if each["time_used_ms"] is None else round(each["time_used_ms"] * 1e6)
        memory = None if each["memory_used_kb"] is None else each["memory_used_kb"] * 1024
        share = share_of_limit(time_ns, found["time_limit_ms"], bar=False)
        as_claimed = Text("ok", OK) if each["ok"] else Text("NOT as claimed", BAD)
        report.line(columns.row(*cells, got, seconds(time_ns), share, mebibytes(memory), as_claimed))
        for sentence in each["unmet"]:
            report.line("    ", Text(sentence, BAD))
        for sentence in each["warnings"]:
            report.line("    ", Text("warning: ", ODD), sentence)


@contextmanager
def _silent() -> Iterator[None]:
    yield


def _table(problems: list[dict[str, Any]], report: Report | None = None) -> None:
    rows = [
        (
            f"{each['name']}@{each['version']}",
            str(each["cases"]),
            f"{each['time_limit_ms'] / 1000:g} s",
            mebibytes(each["size_bytes"]),
            each["created_at"][:16].replace("T", " "),
            each["title"],
        )
        for each in problems
    ]
    heading = ("problem", "cases", "limit", "size", "stored (UTC)", "title")
    columns = Columns([max(map(len, column)) for column in zip(heading, *rows, strict=True)], right=(1, 2, 3))
    report = report or Report()
    report.line(columns.heading(*heading))
    for row in rows:
        report.line(columns.row(*row))


def _summary(found: dict[str, Any]) -> str:
    cases = found["cases"]
    return (
        f"{cases} {'case' if cases == 1 else 'cases'}, {found['time_limit_ms'] / 1000:g} s, "
        f"{found['memory_limit_kb'] // 1024} MiB, {found['submissions']} own submissions, format {found['format']}, "
        f"{mebibytes(found['size_bytes'])}"
    )


def _notes(report: Report, found: dict[str, Any]) -> None:
    for note in found["notes"]:
        report.line(Text("note: ", ODD), note)


def _name_of(package: Path) -> str:
    name = package.resolve().name.lower()
    return name if package.is_dir() else _FORMATS.sub("", name)


@contextmanager
def _archive(package: Path) -> Iterator[tuple[BinaryIO, int]]:
    """Yield an archive of a package as a file, with its size; a directory is archived first.

    Raises:
        ProblemError: it cannot be read, or has too many files.
    """
    try:
        if package.is_file():
            with package.open("rb") as file:
                yield file, os.fstat(file.fileno()).st_size
            return
        with tempfile.TemporaryFile(prefix="zuko-") as temporary:
            _write_tar(package, temporary)
            size_bytes = temporary.tell()
            temporary.seek(0)
            yield cast(BinaryIO, temporary), size_bytes
    except (OSError, zlib.error) as error:
        raise ProblemError(str(package), f"cannot be read: {error}") from error


def _write_tar(package: Path, into: IO[bytes]) -> None:
    """Archive the files of a package, except hidden ones; links as what they lead to."""
    count = 0
    # The fastest compression: most of the time would be spent on test data that are sent once.
    with tarfile.open(fileobj=into, mode="w:gz", compresslevel=1, dereference=True) as archive:
        waiting = [("", package)]
        while waiting:
            prefix, directory = waiting.pop()
            for entry in sorted(os.scandir(directory), key=lambda entry: entry.name):
                path = f"{prefix}{entry.name}"
                if entry.name.startswith(".") and path != ".timelimit":
                    continue  # the service says which other names do not belong to a package
                count += 1
                if count > _ENTRIES_MAX:
                    raise ProblemError(str(package), f"has more than {_ENTRIES_MAX} files and directories")
                if entry.is_dir():
                    waiting.append((f"{path}/", Path(entry.path)))
                elif entry.is_file():
                    archive.add(entry.path, path, recursive=False, filter=_anonymous)


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out who has the file, and when it was changed."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = 0
    return entry
