"""`zuko score`: make a scoreboard of judged submissions."""

import io
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from zuko.cli.failures import USAGE
from zuko.contest.events import read_events
from zuko.contest.page import to_html
from zuko.contest.scoreboard import to_json, to_text
from zuko.contest.scoring import PENALTY_MIN, Rules, standings
from zuko.errors import ProblemError

_STANDARD: Final = Path("-")
_PATH: Final = click.Path(path_type=Path)
_EPILOG: Final = f"Exit code: 0: the scoreboard was made; {USAGE}: an option or a line of EVENTS is wrong."


class _Minutes(click.FloatRange):
    name = "number of minutes"  # in the message about a wrong value

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number; refuse NaN, which no range excludes."""
        minutes = float(super().convert(value, param, ctx))
        if not math.isfinite(minutes):
            self.fail(f"{value!r} is not a valid {self.name}.", param, ctx)
        return minutes


@click.command("score", epilog=_EPILOG)
@click.argument("events", type=_PATH)
@click.option(
    "-r", "--rules", type=click.Choice([each.value for each in Rules]), required=True, help="How submissions count."
)
@click.option("--freeze", type=_Minutes(min=0), metavar="MINUTES", help="Hide outcomes from this minute on.")
@click.option("--unfreeze", is_flag=True, help="Show hidden outcomes: the final standings.")
@click.option(
    "--penalty",
    type=click.IntRange(min=0),
    default=PENALTY_MIN,
    show_default=True,
    metavar="MINUTES",
    help="ICPC: for each rejected submission.",
)
@click.option("--title", default="Scoreboard", metavar="TEXT", help="Name of the contest, for the page.")
@click.option("--html", "html_path", type=_PATH, metavar="FILE", help="Also write one HTML page.")
@click.option("--json", "json_path", type=_PATH, metavar="FILE", help="Also write JSON; -: instead of the table.")
def command(
    events: Path,
    rules: str,
    freeze: float | None,
    *,
    unfreeze: bool,
    penalty: int,
    title: str,
    html_path: Path | None,
    json_path: Path | None,
) -> None:
    """Print the scoreboard of the judged submissions in EVENTS, each a line of JSON (-: standard input).

    {"team": "Ada", "problem": "A", "time_s": 754, "verdict": "AC"}; rules that count points also need "points" or
    "groups".
    """
    if html_path == json_path == _STANDARD:
        raise click.UsageError("--html and --json cannot both go to standard output")
    table = standings(
        read_events(_lines(events), Rules(rules), name=str(events)),
        Rules(rules),
        freeze_s=None if freeze is None or unfreeze else freeze * 60,
        penalty_min=penalty,
    )
    if html_path is not None:
        _write(html_path, to_html(table, title))
    if json_path is not None:
        _write(json_path, json.dumps(to_json(table), indent=2) + "\n")
    if _STANDARD not in (html_path, json_path):
        click.echo(to_text(table), nl=False)


def _lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file.

    Raises:
        ProblemError: it cannot be read, or is not UTF-8.
    """
    try:
        if path == _STANDARD:
            if sys.stdin is None:
                raise ProblemError("-", "standard input is closed")
            yield from io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8")
            return
        with path.open(encoding="utf-8") as file:
            yield from file
    except OSError as error:
        raise ProblemError(str(path), f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ProblemError(str(path), "is not UTF-8 text") from error


def _write(path: Path, text: str) -> None:
    """Write a whole file, or to standard output.

    Raises:
        ProblemError: it cannot be written.
    """
    if path == _STANDARD:
        click.echo(text, nl=False)
        return
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ProblemError(str(path), f"cannot be written: {error.strerror}") from error
