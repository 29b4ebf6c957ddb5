"""Arguments and options that several commands about stored submissions have."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import click

from zuko.cli.failures import UNAVAILABLE, USAGE
from zuko.cli.remote import remote_command

NOT_DONE: Final = 1
ENDED: Final = ("done", "cancelled", "failed")
_NOT_A_TIME: Final = "{!r} is not a time with a time zone, such as 2026-01-31T12:00:00Z"
STATES: Final = ("queued", "running", *ENDED)
EPILOG: Final = f"""\
Exit code: 0: it was stored, shown or done, with any verdict; {NOT_DONE}: it is cancelled or failed; {USAGE}: an option
is wrong, or the service refuses the request; {UNAVAILABLE}: no service answers, or it cannot store or read now.
"""

one_id = click.argument("submission_id", metavar="ID")
several_ids = click.argument("ids", metavar="ID...", nargs=-1, required=True)


def submission_command[F: Callable[..., Any]](function: F) -> Callable[..., Any]:
    """Make a command of a function that takes the service first, and whether to print JSON."""
    return click.option("--json", "as_json", is_flag=True, help="Print the API's JSON, a line each.")(
        remote_command(function)
    )


def label_option(text: str) -> Callable[..., Any]:
    """Return the option `--label`: labels by their names."""
    return click.option("--label", "labels", multiple=True, callback=_pairs, metavar="NAME=VALUE", help=text)


def aware_time(_: click.Context, __: click.Parameter, text: str | None) -> datetime | None:
    """Return the time of an option, which has a time zone."""
    try:
        time = None if text is None else datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(_NOT_A_TIME.format(text)) from None
    if time is not None and time.tzinfo is None:
        raise click.BadParameter(_NOT_A_TIME.format(text))
    return time


def _pairs(_: click.Context, __: click.Parameter, labels: tuple[str, ...]) -> dict[str, str]:
    wrong = [each for each in labels if "=" not in each]
    if wrong:
        raise click.BadParameter(f"{wrong[0]!r} is not NAME=VALUE")
    return dict(each.split("=", 1) for each in labels)
