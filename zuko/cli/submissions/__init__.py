"""`zuko submissions`: programs that a service stores, and their results."""

import click

from zuko.cli.submissions.change import cancel, rejudge, remove, resend_webhook
from zuko.cli.submissions.options import EPILOG
from zuko.cli.submissions.read import attempts, follow, queue, show_list, show_one, wait
from zuko.cli.submissions.submit import submit


@click.group("submissions", epilog=EPILOG)
def command() -> None:
    """Send programs to a service that stores them, and read what became of them.

    The service is that of --url or ZUKO_URL, or the one on this machine.
    """


for _each in (
    submit,
    show_list,
    show_one,
    wait,
    follow,
    cancel,
    remove,
    rejudge,
    attempts,
    resend_webhook,
    queue,
):
    command.add_command(_each)
