"""The commands that read stored submissions."""

from typing import Any

import click

from zuko.cli.figures import UNKNOWN
from zuko.cli.remote import PATIENCE_S, Remote
from zuko.cli.submissions.options import (
    EPILOG,
    STATES,
    label_option,
    one_id,
    several_ids,
    submission_command,
)
from zuko.cli.submissions.show import result_word, row_of, show, show_event, show_table


@click.command("list", epilog=EPILOG)
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, help="In this state; repeatable.")
@click.option("--kind", type=click.Choice(("execute", "judge")), help="Run, or judged.")
@click.option("-l", "--language", metavar="NAME", help="In this language.")
@click.option("--problem", metavar="NAME", help="Of this stored problem: name, or name@version.")
@label_option("With this label; repeatable.")
@click.option("--from", "created_from", metavar="TIME", help="Stored at this time or later: 2026-01-31T12:00:00Z.")
@click.option("--before", "created_before", metavar="TIME", help="Stored before this time.")
@click.option(
    "--webhook-state",
    type=click.Choice(("waiting", "due", "delivered", "undelivered")),
    help="With a webhook in this state.",
)
@click.option("-n", "--limit", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="At most.")
@submission_command
def show_list(remote: Remote, *, limit: int, as_json: bool, **filters: Any) -> None:
    """List submissions, the newest first."""
    wanted = {name: value for name, value in filters.items() if value}
    with remote.connected() as client:
        found = list(client.submissions.list(limit, **wanted))
    if as_json:
        for each in found:
            click.echo(each.model_dump_json())
        return
    show_table(("id", "state", "language", "problem", "attempt", "age", "labels"), [row_of(each) for each in found])


@click.command("show", epilog=EPILOG)
@one_id
@submission_command
def show_one(remote: Remote, *, submission_id: str, as_json: bool) -> None:
    """Show a submission, and its result once it is done."""
    with remote.connected() as client:
        show(client.submissions.get(submission_id), as_json=as_json)


@click.command("wait", epilog=EPILOG)
@several_ids
@submission_command
def wait(remote: Remote, *, ids: tuple[str, ...], as_json: bool) -> int:
    """Wait until submissions have ended, and show them. A service that restarts meanwhile is waited for."""
    with remote.connected(PATIENCE_S) as client:
        return max([show(client.submissions.wait(each), as_json=as_json) for each in ids])


@click.command("follow", epilog=EPILOG)
@one_id
@submission_command
def follow(remote: Remote, *, submission_id: str, as_json: bool) -> int:
    """Show each case as it ends, then the whole. A stream that breaks goes on where it was."""
    with remote.connected(PATIENCE_S) as client:
        shown = [show_event(event, as_json=as_json) for event in client.submissions.follow(submission_id)]
        return shown[-1] or 0


@click.command("attempts", epilog=EPILOG)
@one_id
@submission_command
def attempts(remote: Remote, *, submission_id: str, as_json: bool) -> None:
    """List the attempts of a submission that have ended, the oldest first."""
    with remote.connected() as client:
        found = client.submissions.attempts(submission_id)
    if as_json:
        for each in found:
            click.echo(each.model_dump_json())
        return
    rows = [
        (
            str(each.number),
            each.state,
            result_word(each.result),
            f"{each.ended_at:%Y-%m-%dT%H:%M:%S}",
            each.message or "",
        )
        for each in found
    ]
    show_table(("attempt", "state", "result", "ended", "message"), rows)


@click.command("queue", epilog=EPILOG)
@submission_command
def queue(remote: Remote, *, as_json: bool) -> None:
    """Show the queue and its workers."""
    with remote.connected() as client:
        found = client.submissions.queue()
    if as_json:
        click.echo(found.model_dump_json())
        return
    oldest = "" if found.oldest_s is None else f", the oldest for {found.oldest_s:.1f} s"
    click.echo(f"{found.queued} queued{oldest}; {found.running} running")
    rows = [
        (
            each.name,
            str(each.slots),
            UNKNOWN if each.factor is None else f"{each.factor:.2f}",
            "draining" if each.draining else "working",
            " ".join(each.languages),
        )
        for each in found.workers
    ]
    if rows:
        show_table(("worker", "slots", "factor", "state", "languages"), rows)
