"""`zuko store`: the store of submissions, prepared and shown."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Final

import click

from zuko.cli.failures import USAGE
from zuko.cli.figures import UNKNOWN, age_text
from zuko.errors import StoreError
from zuko.settings import Settings
from zuko.submissions.make import make_store
from zuko.submissions.model import Depth, WorkerInfo
from zuko.submissions.opening import NONE
from zuko.submissions.sql import SqlStore
from zuko.submissions.store import Store

_EPILOG: Final = f"""\
Exit code: 0: done, or shown; {USAGE}: an option or a setting is wrong; 75: the store does not
answer, or has the schema of another version.
"""


@click.group("store", epilog=_EPILOG)
def command() -> None:
    """Prepare or show the store of submissions.

    ZUKO_STORE names it: sqlite:///PATH, postgresql://... or aws://TABLE; default: a file of the user's.
    """


@command.command("migrate", epilog=_EPILOG)
def migrate() -> None:
    """Take the schema of the store to this version.

    An empty database gets its tables. A service of an older version that still runs may fail from then on, so stop
    it first. The store in a file of SQLite does this by itself.
    """
    done = _make().migrate()
    for line in done:
        click.echo(line)
    if not done:
        click.echo("the schema is up to date")


@command.command("status", epilog=_EPILOG)
@click.option("--json", "as_json", is_flag=True, help="Print it as one line of JSON.")
def status(*, as_json: bool) -> None:
    """Show the queue and the workers."""
    with opened() as store:
        depth, workers = store.depth(), store.workers()
    if as_json:
        click.echo(json.dumps({**asdict(depth), "workers": [asdict(worker) for worker in workers]}))
    else:
        _show(depth, workers)


@command.command("weight", epilog=_EPILOG)
@click.argument("tenant")
@click.argument("weight", type=click.FloatRange(0.01, 1000))
def weigh(tenant: str, weight: float) -> None:
    """Let a tenant have more or fewer turns in the queue.

    TENANT has as many turns as WEIGHT, where others have one; for what it submits from now on.
    """
    with opened() as store:
        if not isinstance(store, SqlStore):
            raise click.UsageError("ZUKO_STORE: in this store all tenants weigh the same")
        store.set_weight(tenant, weight)


def _show(depth: Depth, workers: list[WorkerInfo]) -> None:
    from zuko.cli.report import Report  # noqa: PLC0415 - rich takes 0.1 s, and `migrate` may do without

    report = Report()
    oldest = "" if depth.oldest_s is None else f", the oldest for {age_text(timedelta(seconds=depth.oldest_s))}"
    report.line(f"{depth.queued} queued{oldest}; {depth.running} running")
    if not workers:
        report.line("no worker has reported within a minute")
        return
    now = datetime.now(UTC).timestamp()
    rows = [
        (
            worker.name,
            str(worker.slots),
            UNKNOWN if worker.factor is None else f"{worker.factor:.2f}",
            "draining" if worker.draining else age_text(timedelta(seconds=now - (worker.seen_at or now))),
            worker.version,
            ", ".join(worker.languages),
        )
        for worker in workers
    ]
    report.table(("worker", "slots", "factor", "seen", "version", "languages"), rows, right=(1, 2))


def _make() -> Store:
    """Return the store of the settings."""
    url = Settings.read().store
    if url == NONE:
        raise click.UsageError("ZUKO_STORE=none: there is no store")
    try:
        return make_store(url)
    except StoreError as error:  # no later try would help
        raise click.UsageError(str(error)) from error


@contextmanager
def opened() -> Iterator[Store]:
    """Open the store of the settings for the block."""
    store = _make()
    store.open()
    try:
        yield store
    finally:
        store.close()
