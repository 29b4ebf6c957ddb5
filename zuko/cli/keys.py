"""`zuko keys`: API keys of a service, made, listed and revoked where its submissions are kept."""

import json
import os
import pwd
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import click

from zuko.caller import Allowance
from zuko.cli.failures import USAGE
from zuko.cli.figures import UNKNOWN
from zuko.cli.store import opened
from zuko.settings import Settings
from zuko.submissions.keys import KEYS_MAX, NAME_PATTERN, Scope, make_key
from zuko.telemetry.audit import Audit

MISSING: Final = 1
DAYS_MAX: Final = 3650
_EPILOG: Final = f"""\
Exit code: 0: done, or listed; {MISSING}: there is no such key, or there are too many; {USAGE}: an option or a setting
is wrong; 75: the store does not answer, or has the schema of another version.
"""
_DAY_S: Final = 86_400


class _Number(click.FloatRange):
    """A number above 0.

    Args:
        most: the highest one.
    """

    def __init__(self, most: float) -> None:
        super().__init__(min=0, min_open=True, max=most)


def _named(_: click.Context, __: click.Parameter, name: str) -> str:
    if not re.fullmatch(NAME_PATTERN, name):
        raise click.BadParameter("a name has 1 to 64 letters, digits or ._@-, and begins with a letter or a digit")
    return name


@click.group("keys", epilog=_EPILOG)
def command() -> None:
    """Make, list or revoke API keys.

    They are kept where submissions are (ZUKO_STORE), as hashes. A service asks for them where other machines reach it,
    or with ZUKO_AUTH=keys.
    """


@command.command("create", epilog=_EPILOG)
@click.argument("name", callback=_named)
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([each.value for each in Scope]),
    multiple=True,
    help="Allow this; repeatable. Default: run and judge.",
)
@click.option(
    "--days", type=click.IntRange(1, DAYS_MAX), metavar="N", help="Have it expire after N days; default: never."
)
@click.option(
    "--requests-per-s", type=_Number(1_000_000), metavar="N", help="Requests a second that it may send, on average."
)
@click.option("--runs", type=click.IntRange(1, 1024), metavar="N", help="Programs of its NAME that may run at a time.")
@click.option("--queue-share", type=_Number(1), metavar="PART", help="Share of the waiting line, up to 1.")
@click.option("--cpu-s-per-day", type=_Number(1_000_000_000), metavar="N", help="CPU time of a day, s.")
def create(name: str, scopes: tuple[str, ...], days: int | None, **limits: Any) -> int:
    """Make a key, and print it: it is not shown again.

    Keys of the same NAME share submissions and problems, so one may replace another. They count together; limits that
    are not given are those of the service (ZUKO_CALLER_...).
    """
    now = time.time()
    wanted = tuple(Scope(each) for each in Scope if each in scopes) or (Scope.RUN, Scope.JUDGE)
    expires_at = None if days is None else now + days * _DAY_S
    text, key = make_key(name, wanted, now=now, expires_at=expires_at, allowance=Allowance(**limits))
    with _audited() as audit, opened() as store:
        if len(store.list_keys()) >= KEYS_MAX:
            click.echo(f"zuko: there are {KEYS_MAX} keys already", err=True)
            return MISSING
        store.put_key(key)
        audit("created", key=key.id, name=name, scopes=wanted, expires_at=key.expires_at)
    click.echo(text)
    click.echo(f"zuko: key {key.id} of {name}, for {', '.join(wanted)}; it is not shown again", err=True)
    return 0


@command.command("list", epilog=_EPILOG)
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each key.")
def show(*, as_json: bool) -> None:
    """List all keys with their state, without their secrets."""
    from zuko.cli.report import Report  # noqa: PLC0415 - rich takes 0.1 s

    with _audited() as audit, opened() as store:
        keys = store.list_keys()
        audit("listed", keys=len(keys))
    now = time.time()
    rows = []
    for key in keys:
        state = key.refusal(now) or "valid"
        if as_json:
            fields = asdict(key)
            del fields["digest"]
            click.echo(json.dumps({**fields, "state": state}))
        until = UNKNOWN if key.expires_at is None else _day(key.expires_at)
        rows.append((key.id, key.name, ",".join(key.scopes), state, _day(key.created_at), until))
    if as_json:
        return
    Report().table(("id", "name", "scopes", "state", "made", "expires"), rows)


@command.command("revoke", epilog=_EPILOG)
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> int:
    """Revoke a key for ever. Services notice it within 5 s."""
    with _audited() as audit, opened() as store:
        if store.revoke_key(key_id):
            audit("revoked", key=key_id)
            return 0
    click.echo(f"zuko: no valid key has the id {key_id!r:.40}", err=True)
    return MISSING


@contextmanager
def _audited() -> Iterator[Callable[..., None]]:
    """Open the audit log, before anything is done that it is to have; yield what writes an event of this user's."""
    target = Settings.read().audit_log
    if target is None:
        yield lambda _, **__: None
        return
    try:
        audit = Audit(target)
    except OSError as error:
        raise click.UsageError(f"ZUKO_AUDIT_LOG: the file cannot be written: {error.strerror}") from error
    with closing(audit):
        yield partial(audit.write, by=_user())


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # in a container, for instance
        return str(os.getuid())


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
