"""`zuko mcp`: tools for an agent, on standard input and output."""

import contextlib
from typing import Final

import click

from zuko.cli.failures import UNAVAILABLE, USAGE
from zuko.cli.loading import loading
from zuko.cli.remote import Remote, header_option
from zuko.errors import ZukoError
from zuko.settings import Settings

_EPILOG: Final = f"""\
Exit code: 0: the agent has closed standard input; {USAGE}: an option or a setting is wrong, or the SDK is not
installed; {UNAVAILABLE}: no Docker host or service answers.
"""


@click.command("mcp", epilog=_EPILOG)
@click.option(
    "--remote", "url", metavar="URL", help="Run programs in this service, instead of on a Docker host of ours."
)
@header_option
def command(url: str | None, headers: tuple[str, ...]) -> int:
    """Serve tools to an agent by the Model Context Protocol, on standard input and output.

    Agents start this command; their configuration names it.
    """
    with loading():
        try:
            from zuko.mcp.stdio import serve_client, serve_executor  # noqa: PLC0415 - an extra may be missing
        except ImportError as error:
            message = f"the package {str(error.name).partition('.')[0]} is not installed: pip install 'zuko[mcp]'"
            raise click.UsageError(message) from error
    if url is not None:
        remote = Remote(url, headers, "--remote")
        serve_client(remote.url, remote.named_headers)
        return 0
    from zuko.execution.command import CommandExecutor  # noqa: PLC0415 - see above

    # The ceilings of a service hold: it is not the user who chooses the limits, but a model.
    executor = CommandExecutor(Settings.read(), workers=None)
    executor.open()
    try:
        serve_executor(executor)
    finally:
        executor.close(0)
        with contextlib.suppress(ZukoError):
            executor.sweep()
    return 0
