"""The commands that change stored submissions."""

import json
from datetime import datetime
from typing import Any

import click

from zuko.cli.remote import Remote
from zuko.cli.submissions.options import ENDED, EPILOG, aware_time, label_option, several_ids, submission_command
from zuko.errors import UnavailableError


@click.command("cancel", epilog=EPILOG)
@several_ids
@submission_command
def cancel(remote: Remote, *, ids: tuple[str, ...], as_json: bool) -> None:
    """Cancel submissions that are queued or running."""
    with remote.connected() as client:
        for each in ids:
            answer = client.submissions.cancel(each)
            state = "is cancelled" if answer.state == "cancelled" else "ends soon"
            click.echo(answer.model_dump_json() if as_json else f"{each} {state}")


@click.command("remove", epilog=EPILOG)
@several_ids
@submission_command
def remove(remote: Remote, *, ids: tuple[str, ...], as_json: bool) -> None:
    """Remove submissions that have ended, with all their attempts."""
    with remote.connected() as client:
        for each in ids:
            client.submissions.remove(each)
            click.echo(json.dumps({"id": each, "removed": True}) if as_json else f"{each} is removed")


@click.command("rejudge", epilog=EPILOG)
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--problem", metavar="NAME", help="All of this stored problem: name, or name@version.")
@click.option("-l", "--language", metavar="NAME", help="All in this language.")
@label_option("All with this label; repeatable.")
@click.option("--state", "states", type=click.Choice(ENDED), multiple=True, help="All in this state; repeatable.")
@click.option("--from", "created_from", callback=aware_time, metavar="TIME", help="All stored at this time or later.")
@click.option("--before", "created_before", callback=aware_time, metavar="TIME", help="All stored before this time.")
@click.option("--judge-by", type=click.IntRange(min=1), metavar="VERSION", help="Version of the problem; or newest.")
@submission_command
def rejudge(
    remote: Remote,
    *,
    ids: tuple[str, ...],
    problem: str | None,
    language: str | None,
    labels: dict[str, str],
    states: tuple[str, ...],
    created_from: datetime | None,
    created_before: datetime | None,
    judge_by: int | None,
    as_json: bool,
) -> None:
    """Run or judge submissions again: those with an ID, or all that fit every option."""
    wanted: dict[str, Any] = {"problem": problem, "language": language, "labels": labels}
    wanted |= {"created_from": created_from, "created_before": created_before}
    wanted = {name: value for name, value in wanted.items() if value}
    if bool(ids) == bool(wanted) or (ids and states):
        raise click.UsageError(
            "give IDs, or --problem, --language, --label, --from or --before, and with these --state"
        )
    if states:
        wanted["states"] = list(states)
    if judge_by is not None:
        wanted["judge_by"] = judge_by
    queued: list[str] = []
    with remote.connected() as client:
        answers = (
            (client.submissions.rejudge(each, judge_by=judge_by) for each in ids)
            if ids
            else (client.submissions.rejudge_all(**each) for each in (wanted,))
        )
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


@click.command("resend-webhook", epilog=EPILOG)
@several_ids
@submission_command
def resend_webhook(remote: Remote, *, ids: tuple[str, ...], as_json: bool) -> None:
    """Send the webhooks of submissions again."""
    with remote.connected() as client:
        for each in ids:
            answer = client.submissions.resend_webhook(each)
            click.echo(answer.model_dump_json() if as_json else f"{each}: the webhook is {answer.state}")
