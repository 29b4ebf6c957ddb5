"""`zuko submissions`: programs that a service stores, and their results."""

import json
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import click

from zuko.cli.failures import UNAVAILABLE, USAGE, explain
from zuko.cli.figures import UNKNOWN, age_text, has_colours, points
from zuko.cli.printable import printable_lines
from zuko.cli.remote import Remote, remote_of, remote_options
from zuko.cli.sources import choose_language, read_extra, read_file
from zuko.errors import SubmissionError, UnavailableError

NOT_DONE: Final = 1
PATH: Final = "/api/v1/submissions"
WAIT_S: Final = 50  # of a long poll; the service allows 60
PATIENCE_S: Final = 60.0  # that a service may be away while a command waits
RETRY_S: Final = 1.0
_ENDED: Final = ("done", "cancelled", "failed")
_STATES: Final = ("queued", "running", *_ENDED)
_COLOURS: Final = {"done": "green", "AC": "green", "OK": "green", "queued": "cyan", "running": "cyan"}
_EPILOG: Final = f"""\
Exit code: 0: it was stored, shown or done, with any verdict; {NOT_DONE}: it is cancelled or failed; {USAGE}: an option
is wrong, or the service refuses the request; {UNAVAILABLE}: no service answers, or it cannot store or read now.
"""
_FILE: Final = click.Path(path_type=Path)
# Of `submit`, by the fields and the header that they set.
_OPTIONS: Final = {
    "code": "FILE",
    "language": "--language",
    "files": "--file",
    "input_data": "--input",
    "problem": "--problem",
    "cases": "--cases",
    "time_limit_ms": "--time-limit",
    "wall_time_limit_ms": "--wall-time-limit",
    "memory_limit_kb": "--memory-limit",
    "priority": "--priority",
    "labels": "--label",
    "webhook": "--webhook",
    "Idempotency-Key": "--key",
}


def _remote_command[F: Callable[..., Any]](function: F) -> Callable[..., Any]:
    """Make a command of a function that takes the service first, and whether to print JSON."""

    @wraps(function)
    def run(*, url: str, headers: tuple[str, ...], **named: Any) -> Any:
        return function(remote_of(url, headers), **named)

    as_json = click.option("--json", "as_json", is_flag=True, help="Print the service's JSON, a line each.")
    return remote_options(as_json(run))


_id = click.argument("submission_id", metavar="ID")
_ids = click.argument("ids", metavar="ID...", nargs=-1, required=True)


def _pairs(_: click.Context, __: click.Parameter, labels: tuple[str, ...]) -> dict[str, str]:
    """Return labels by their names."""
    wrong = [each for each in labels if "=" not in each]
    if wrong:
        raise click.BadParameter(f"{wrong[0]!r} is not NAME=VALUE")
    return dict(each.split("=", 1) for each in labels)


def _label(text: str) -> Callable[..., Any]:
    return click.option("--label", "labels", multiple=True, callback=_pairs, metavar="NAME=VALUE", help=text)


@click.group("submissions", epilog=_EPILOG)
def command() -> None:
    """Send programs to a service that stores them, and read what became of them.

    The service is that of --url or ZUKO_URL, or the one on this machine.
    """


@command.command("submit", epilog=_EPILOG)
@click.argument("file", type=_FILE)
@click.option("-l", "--language", metavar="NAME", help="Language of FILE; default: by its extension.")
@click.option(
    "-f",
    "--file",
    "extra",
    type=_FILE,
    multiple=True,
    metavar="PATH",
    help="Another file, or a directory of files; repeatable.",
)
@click.option("-i", "--input", "input_path", type=_FILE, metavar="PATH", help="Standard input; the program is run.")
@click.option("--problem", metavar="NAME", help="Judge by this stored problem: name, or name@version.")
@click.option("--cases", type=_FILE, metavar="DIR", help="Judge on the pairs X.in and X.ans in this directory.")
@click.option("--time-limit", "time_limit_ms", type=click.IntRange(min=1), metavar="MS", help="CPU time limit.")
@click.option(
    "--wall-time-limit", "wall_time_limit_ms", type=click.IntRange(min=1), metavar="MS", help="Wall time limit."
)
@click.option(
    "--memory-limit",
    "memory_limit_kb",
    type=click.IntRange(min=1),
    metavar="KB",
    help="Memory limit, KB of 1024 bytes.",
)
@click.option("--priority", type=int, metavar="N", help="Among your own queued ones, from -10 to 10.")
@_label("Label to list by; repeatable.")
@click.option("--webhook", metavar="URL", help="URL that gets a POST when it has ended.")
@click.option("--key", metavar="TEXT", help="Idempotency-Key: the same submission with it is stored once.")
@click.option("--retry", type=click.FloatRange(0, 86400), default=0, metavar="S", help="Try for this long, s.")
@click.option("--wait", is_flag=True, help="Wait for the end, and show it.")
@click.option("--follow", is_flag=True, help="Show each case as it ends, then the whole.")
@_remote_command
def submit(
    remote: Remote,
    *,
    file: Path,
    language: str | None,
    extra: tuple[Path, ...],
    input_path: Path | None,
    problem: str | None,
    cases: Path | None,
    labels: dict[str, str],
    key: str | None,
    retry: float,
    wait: bool,
    follow: bool,
    as_json: bool,
    **limits: object,
) -> int:
    """Store the program in FILE, to be run, or judged with --problem or --cases."""
    given = [name for name, value in (("--input", input_path), ("--problem", problem), ("--cases", cases)) if value]
    if len(given) > 1:
        raise click.UsageError(f"{' and '.join(given)}: give only one")
    body: dict[str, object] = {
        "language": choose_language(file, language).name,
        "code": _text(file),
        "files": [{"name": each.name, "content": each.content.decode("utf-8", "strict")} for each in read_extra(extra)],
        "input_data": None if input_path is None else _text(input_path),
        "problem": problem,
        "cases": None if cases is None else _read_cases(cases),
        "labels": labels,
        **limits,
    }
    sent = {name: value for name, value in body.items() if value not in (None, [], {})}
    named = {"Idempotency-Key": key or uuid.uuid4().hex}  # so that a request whose response is lost can be repeated
    stored = _patiently(lambda: remote.post(PATH, sent, named, _OPTIONS).json(), retry)
    if follow:
        return _follow(remote, stored["id"], as_json=as_json)
    if wait:
        return _wait(remote, stored["id"], as_json=as_json)
    click.echo(json.dumps(stored) if as_json else stored["id"])
    return 0


@command.command("list", epilog=_EPILOG)
@click.option("--state", "states", type=click.Choice(_STATES), multiple=True, help="In this state; repeatable.")
@click.option("--kind", type=click.Choice(("execute", "judge")), help="Run, or judged.")
@click.option("-l", "--language", metavar="NAME", help="In this language.")
@click.option("--problem", metavar="NAME", help="Of this stored problem: name, or name@version.")
@_label("With this label; repeatable.")
@click.option("--from", "created_from", metavar="TIME", help="Stored at this time or later: 2026-01-31T12:00:00Z.")
@click.option("--before", "created_before", metavar="TIME", help="Stored before this time.")
@click.option(
    "--webhook-state",
    type=click.Choice(("waiting", "due", "delivered", "undelivered")),
    help="With a webhook in this state.",
)
@click.option("-n", "--limit", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="At most.")
@_remote_command
def list_(
    remote: Remote,
    *,
    states: tuple[str, ...],
    labels: dict[str, str],
    limit: int,
    as_json: bool,
    **filters: str | None,
) -> None:
    """List submissions, the newest first."""
    query: dict[str, object] = {name: value for name, value in filters.items() if value is not None}
    query |= {"state": list(states), "label": [f"{name}={value}" for name, value in labels.items()]}
    found = list(_listed(remote, query, limit))
    if as_json:
        for each in found:
            click.echo(json.dumps(each, ensure_ascii=False))
        return
    heading = ("id", "state", "language", "problem", "attempt", "age", "labels")
    _table(heading, [_row(each) for each in found])


@command.command("show", epilog=_EPILOG)
@_id
@_remote_command
def show(remote: Remote, *, submission_id: str, as_json: bool) -> None:
    """Show a submission, and its result once it is done."""
    _show(remote.get(_path(submission_id)).json(), as_json=as_json)


@command.command("wait", epilog=_EPILOG)
@_ids
@_remote_command
def wait(remote: Remote, *, ids: tuple[str, ...], as_json: bool) -> int:
    """Wait until submissions have ended, and show them. A service that restarts meanwhile is waited for."""
    return max([_wait(remote, each, as_json=as_json) for each in ids])


@command.command("follow", epilog=_EPILOG)
@_id
@_remote_command
def follow(remote: Remote, *, submission_id: str, as_json: bool) -> int:
    """Show each case as it ends, then the whole. A stream that breaks goes on where it was."""
    return _follow(remote, submission_id, as_json=as_json)


@command.command("cancel", epilog=_EPILOG)
@_ids
@_remote_command
def cancel(remote: Remote, *, ids: tuple[str, ...], as_json: bool) -> None:
    """Cancel submissions that are queued or running."""
    for each in ids:
        answer = remote.request("DELETE", f"{_path(each)}?only=cancel").json()
        state = "is cancelled" if answer["state"] == "cancelled" else "ends soon"
        click.echo(json.dumps(answer) if as_json else f"{each} {state}")


@command.command("remove", epilog=_EPILOG)
@_ids
@_remote_command
def remove(remote: Remote, *, ids: tuple[str, ...], as_json: bool) -> None:
    """Remove submissions that have ended, with all their attempts."""
    for each in ids:
        remote.request("DELETE", f"{_path(each)}?only=remove")
        click.echo(json.dumps({"id": each, "removed": True}) if as_json else f"{each} is removed")


@command.command("rejudge", epilog=_EPILOG)
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--problem", metavar="NAME", help="All of this stored problem: name, or name@version.")
@click.option("-l", "--language", metavar="NAME", help="All in this language.")
@_label("All with this label; repeatable.")
@click.option("--state", "states", type=click.Choice(_ENDED), multiple=True, help="All in this state; repeatable.")
@click.option("--judge-by", type=click.IntRange(min=1), metavar="VERSION", help="Version of the problem; or newest.")
@_remote_command
def rejudge(
    remote: Remote,
    *,
    ids: tuple[str, ...],
    problem: str | None,
    language: str | None,
    labels: dict[str, str],
    states: tuple[str, ...],
    judge_by: int | None,
    as_json: bool,
) -> None:
    """Run or judge submissions again: those with an ID, or all that fit every option."""
    wanted = {"problem": problem, "language": language, "labels": labels, "states": list(states)}
    wanted = {name: value for name, value in wanted.items() if value}
    if bool(ids) == bool(wanted):
        raise click.UsageError("give IDs, or --problem, --language, --label or --state")
    if ids:
        suffix = "" if judge_by is None else f"?judge_by={judge_by}"
        answers = (remote.post(f"{_path(id_)}/rejudge{suffix}").json()["queued"] for id_ in ids)
    else:
        sent = wanted if judge_by is None else {**wanted, "judge_by": judge_by}
        answers = (remote.post(f"{PATH}/rejudge", each).json()["queued"] for each in (sent,))
    queued: list[str] = []
    try:
        for answer in answers:
            queued += answer
            for each in () if as_json else answer:
                click.echo(each)
    except UnavailableError:  # the queue has no place for this one; those before it are queued all the same
        if as_json and queued:
            click.echo(json.dumps({"queued": queued}))
        raise
    if as_json:
        click.echo(json.dumps({"queued": queued}))


@command.command("attempts", epilog=_EPILOG)
@_id
@_remote_command
def attempts(remote: Remote, *, submission_id: str, as_json: bool) -> None:
    """List the attempts of a submission that have ended, the oldest first."""
    found = remote.get(f"{_path(submission_id)}/attempts").json()["attempts"]
    if as_json:
        for each in found:
            click.echo(json.dumps(each, ensure_ascii=False))
        return
    rows = [
        (str(each["number"]), each["state"], _result(each["result"]), each["ended_at"][:19], each["message"] or "")
        for each in found
    ]
    _table(("attempt", "state", "result", "ended", "message"), rows)


@command.command("resend-webhook", epilog=_EPILOG)
@_ids
@_remote_command
def resend_webhook(remote: Remote, *, ids: tuple[str, ...], as_json: bool) -> None:
    """Send the webhooks of submissions again."""
    for each in ids:
        answer = remote.post(f"{_path(each)}/webhook").json()
        click.echo(json.dumps(answer) if as_json else f"{each}: the webhook is {answer['state']}")


@command.command("queue", epilog=_EPILOG)
@_remote_command
def queue(remote: Remote, *, as_json: bool) -> None:
    """Show the queue and its workers."""
    found = remote.get("/api/v1/queue").json()
    if as_json:
        click.echo(json.dumps(found))
        return
    oldest = "" if found["oldest_s"] is None else f", the oldest for {found['oldest_s']:.1f} s"
    click.echo(f"{found['queued']} queued{oldest}; {found['running']} running")
    rows = [
        (
            each["name"],
            str(each["slots"]),
            UNKNOWN if each["factor"] is None else f"{each['factor']:.2f}",
            "draining" if each["draining"] else "working",
            " ".join(each["languages"]),
        )
        for each in found["workers"]
    ]
    if rows:
        _table(("worker", "slots", "factor", "state", "languages"), rows)


# --- requests


def _path(submission_id: str) -> str:
    return f"{PATH}/{quote(submission_id, safe='')}"


def _patiently[T](request: Callable[[], T], patience_s: float) -> T:
    """Return what a request returns; try again for a while if no service answers, or it is full."""
    until = time.monotonic() + patience_s
    with _reported() as report:
        while True:
            try:
                return request()
            except UnavailableError as error:
                pause_s = min(max(RETRY_S, error.retry_after_s), 10) if patience_s > PATIENCE_S else RETRY_S
                if time.monotonic() + pause_s > until:
                    raise
                report(error, patience_s)
            time.sleep(pause_s)


@contextmanager
def _reported() -> Iterator[Callable[[UnavailableError, float], None]]:
    """Yield what reports on standard error that a service is waited for, and when it is there again."""
    is_reported = False

    def report(error: UnavailableError, patience_s: float) -> None:
        nonlocal is_reported
        if not is_reported:
            click.echo(f"zuko: {explain(error)[0]}; trying again for up to {patience_s:.0f} s", err=True)
        is_reported = True

    yield report
    if is_reported:
        click.echo("zuko: the service answers again", err=True)


def _listed(remote: Remote, query: dict[str, object], limit: int) -> Iterator[dict[str, Any]]:
    """Yield the submissions of a list, page by page."""
    cursor: str | None = None
    while limit > 0:
        page = remote.get(PATH, **query, limit=min(limit, 200), cursor=cursor).json()
        yield from page["submissions"]
        limit -= len(page["submissions"])
        cursor = page["next"]
        if cursor is None:
            return


def _wait(remote: Remote, submission_id: str, *, as_json: bool) -> int:
    path = f"{_path(submission_id)}?{urlencode({'wait': WAIT_S})}"
    while True:
        found = _patiently(lambda: remote.get(path).json(), PATIENCE_S)
        if found["state"] in _ENDED:
            _show(found, as_json=as_json)
            return 0 if found["state"] == "done" else NOT_DONE


def _follow(remote: Remote, submission_id: str, *, as_json: bool) -> int:
    """Show events; after a break go on after the last one."""
    last: str | None = None
    broken_at: float | None = None
    while True:
        try:
            headers = {} if last is None else {"last-event-id": last}
            for event in remote.events(f"{_path(submission_id)}/events", headers):
                broken_at, last = None, event.id or last
                if as_json:
                    click.echo(json.dumps({"event": event.kind, "id": event.id, "data": event.data}))
                ended = _show_event(event.kind, event.data, as_json=as_json)
                if ended is not None:
                    return ended
        except UnavailableError as error:
            if broken_at is None:
                broken_at = time.monotonic()
                click.echo(f"zuko: {explain(error)[0]}; trying again for up to {PATIENCE_S:.0f} s", err=True)
            if time.monotonic() - broken_at > PATIENCE_S:
                raise
        time.sleep(RETRY_S)


def _show_event(kind: str, data: dict[str, Any], *, as_json: bool) -> int | None:
    """Show an event; return the exit code if it is the last one."""
    match kind:
        case "attempt" if not as_json and data["attempt"] > 1:
            click.echo(f"attempt {data['attempt']}")
        case "case" if not as_json:
            click.echo(_case_line(data))
        case "submission":
            if not as_json:
                _show(data, as_json=False, cases=False)
            return 0 if data["state"] == "done" else NOT_DONE
        case "removed":
            raise SubmissionError("id", "the submission was removed")
    return None


# --- files


def _text(path: Path) -> str:
    """Return the text of a file.

    Raises:
        SubmissionError: it cannot be read, or is not UTF-8.
    """
    try:
        return read_file(path).decode()
    except UnicodeDecodeError as error:
        raise SubmissionError("code", f"{path}: is not UTF-8: {error.reason}") from error


def _read_cases(directory: Path) -> list[dict[str, str]]:
    """Return the pairs X.in and X.ans of a directory, by name.

    Raises:
        SubmissionError: there are none, or one has no partner.
    """
    inputs = sorted(directory.rglob("*.in"))
    if not inputs:
        raise SubmissionError("cases", f"{directory}: has no files X.in")
    cases = []
    for path in inputs:
        answer = path.with_suffix(".ans")
        if not answer.is_file():
            raise SubmissionError("cases", f"{path}: has no {answer.name} beside it")
        name = str(path.relative_to(directory).with_suffix(""))
        cases.append({"name": name, "input": _text(path), "output": _text(answer)})
    return cases


# --- output


def _coloured(text: str) -> str:
    if not has_colours(sys.stdout):
        return text
    return click.style(text, fg=_COLOURS.get(text, "red"), bold=True)


def _result(result: dict[str, Any] | None) -> str:
    """Return a result in a word."""
    return UNKNOWN if result is None else str(result.get("verdict") or result.get("status") or UNKNOWN)


def _case_line(case: dict[str, Any]) -> str:
    figures = _figures(case)
    message = f"  {case['message']}" if case.get("message") else ""
    return f"  {_coloured(case['verdict'])}  {printable_lines(case['name'])}  {figures}{printable_lines(message)}"


def _figures(found: dict[str, Any]) -> str:
    time_ms, memory_kb = found.get("time_used_ms"), found.get("memory_used_kb")
    cpu = UNKNOWN if time_ms is None else f"{time_ms / 1000:.3f} s CPU"
    return cpu if memory_kb is None else f"{cpu}, {memory_kb / 1024:.1f} MiB"


def _row(found: dict[str, Any]) -> tuple[str, ...]:
    age = datetime.now(UTC) - datetime.fromisoformat(found["created_at"])
    labels = " ".join(f"{name}={value}" for name, value in found["labels"].items())
    problem = found["problem"] or UNKNOWN
    return (found["id"], found["state"], found["language"], problem, str(found["attempt"]), age_text(age), labels)


def _table(heading: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    from zuko.cli.report import Columns, Report  # noqa: PLC0415 - rich takes 0.1 s, and JSON does without

    columns = Columns([max(map(len, column)) for column in zip(heading, *rows, strict=True)])
    report = Report()
    report.line(columns.heading(*heading))
    for row in rows:
        report.line(columns.row(*row))


def _show(found: dict[str, Any], *, as_json: bool, cases: bool = True) -> None:
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    about = [found["kind"], found["language"], *([found["problem"]] if found["problem"] else [])]
    attempt = f", attempt {found['attempt']}" if found["attempt"] > 1 else ""
    click.echo(f"{found['id']}  {_coloured(found['state'])}  {' '.join(about)}{attempt}")
    if found["message"]:
        click.echo(f"  {printable_lines(found['message'])}")
    if (webhook := found["webhook"]) is not None:
        error = f": {webhook['error']}" if webhook["error"] else ""
        click.echo(f"  webhook {webhook['state']}, {webhook['tries']} tries{printable_lines(error)}")
    result = found["result"]
    if result is None:
        return
    for case in result.get("cases", []) if cases else []:
        click.echo(_case_line(case))
    score = "" if result.get("points") is None else f"  {points(result['points'])} points"
    message = f"  {result['message']}" if result.get("message") else ""
    click.echo(f"  {_coloured(_result(result))}{score}  {_figures(result)}{printable_lines(message)}")
    for name in ("compile_output", "stdout", "stderr"):
        if result.get(name):
            click.echo(f"  {name}:")
            click.echo(printable_lines(result[name]).rstrip("\n"))
