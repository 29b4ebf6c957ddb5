"""`zuko submissions submit`: a program from files."""

from pathlib import Path
from typing import Any, Final

import click

from zuko.cli.remote import PATIENCE_S, Remote
from zuko.cli.sources import choose_language, read_extra, read_file, read_text
from zuko.cli.submissions.options import EPILOG, label_option, submission_command
from zuko.cli.submissions.show import show, show_event
from zuko.errors import SubmissionError
from zuko.wire.judge import CaseModel

_FILE: Final = click.Path(path_type=Path)
_POSITIVE: Final = click.IntRange(min=1)
# By the fields and the header that they set.
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


@click.command("submit", epilog=EPILOG)
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
@click.option("--time-limit", "time_limit_ms", type=_POSITIVE, metavar="MS", help="CPU time limit.")
@click.option("--wall-time-limit", "wall_time_limit_ms", type=_POSITIVE, metavar="MS", help="Wall time limit.")
@click.option("--memory-limit", "memory_limit_kb", type=_POSITIVE, metavar="KB", help="Memory limit, KB of 1024 bytes.")
@click.option("--priority", type=int, metavar="N", help="Among your own queued ones, from -10 to 10.")
@label_option("Label to list by; repeatable.")
@click.option("--webhook", metavar="URL", help="URL that gets a POST when it has ended.")
@click.option("--key", metavar="TEXT", help="Idempotency-Key: the same submission with it is stored once.")
@click.option("--retry", type=click.FloatRange(0, 86400), default=0, metavar="S", help="Try for this long, s.")
@click.option("--wait", is_flag=True, help="Wait for the end, and show it.")
@click.option("--follow", is_flag=True, help="Show each case as it ends, then the whole.")
@submission_command
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
    **limits: Any,
) -> int:
    """Store the program in FILE, to be run, or judged with --problem or --cases."""
    given = [name for name, value in (("--input", input_path), ("--problem", problem), ("--cases", cases)) if value]
    if len(given) > 1:
        raise click.UsageError(f"{' and '.join(given)}: give only one")
    options: dict[str, Any] = {
        "files": {each.name: each.content for each in read_extra(extra)},
        "input_data": None if input_path is None else read_file(input_path),
        "problem": problem,
        "cases": None if cases is None else _read_cases(cases),
        "labels": labels,
        **limits,
    }
    sent = {name: value for name, value in options.items() if value not in (None, [], {})}
    name, code = choose_language(file, language).name, read_text(file)
    with remote.connected(retry, _OPTIONS) as client:
        stored = client.submissions.submit(name, code, key=key, **sent)
    if not (follow or wait):
        click.echo(stored.model_dump_json() if as_json else stored.id)
        return 0
    with remote.connected(PATIENCE_S) as client:
        if wait and not follow:
            return show(client.submissions.wait(stored.id), as_json=as_json)
        shown = [show_event(event, as_json=as_json) for event in client.submissions.follow(stored.id)]
        return shown[-1] or 0


def _read_cases(directory: Path) -> list[CaseModel]:
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
        cases.append(CaseModel(name=name, input=read_text(path), output=read_text(answer)))
    return cases
