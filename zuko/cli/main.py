"""The entry point: the names of the commands, and how a command ends."""

import importlib
import logging
import os
import signal
import sys
from types import FrameType
from typing import Final, NoReturn

import click

import zuko
from zuko.cli.failures import explain
from zuko.cli.loading import loading
from zuko.cli.printable import printable_lines
from zuko.errors import ZukoError

COMMANDS: Final = {
    "run": "Run a program in a sandbox.",
    "judge": "Judge solutions of a problem package.",
    "verify": "Check what a problem package claims of its own submissions.",
    "score": "Make a scoreboard of judged submissions.",
    "problems": "Store problem packages in a service, and verify them there.",
    "serve": "Serve the HTTP API.",
    "mcp": "Serve tools to an agent, by the Model Context Protocol.",
    "worker": "Do stored submissions, beside a Docker host.",
    "submissions": "Send programs to a service that stores them, and read the results.",
    "guard": "Let only Zuko's own calls through to the Docker engine.",
    "images": "Build or list the sandbox images.",
    "doctor": "Look at a deployment, and say what to do.",
    "keys": "Make, list or revoke API keys.",
    "store": "Prepare or show the store of submissions.",
}
_REPEATED_BY_ERRORS: Final = ("zuko.engine.host", "zuko.engine.tls")  # loggers
_STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """A signal asked us to end. It is a BaseException, so that no handler treats it as a failure."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class PrintableFormatter(logging.Formatter):
    """A formatter for terminals: the log contains texts from elsewhere."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the printable line of a record."""
        return printable_lines(super().format(record))


class Commands(click.Group):
    """Commands that are imported when called: `zuko --help` does not import the Docker SDK."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of their use."""
        return list(COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands in the help."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the function `command` of the module with the command's name."""
        if cmd_name not in COMMANDS:
            return None
        with loading():
            command: click.Command = importlib.import_module(f"zuko.cli.{cmd_name}").command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command. A closed pipe ends it by SIGPIPE, before click handles the error."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise Stopped(signal.SIGPIPE) from None


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(zuko.__version__, prog_name="zuko", message="%(prog)s %(version)s")
def group() -> None:
    """Run programs in sandboxes, and judge them.

    Settings come from the environment, as for the service: ZUKO_*, and DOCKER_HOST for an engine on another host.
    """


def main() -> NoReturn:
    """Run the command line and end the process, by the same signal if a signal stopped it."""
    # Otherwise pydantic looks for plug-ins of its own in every package that is installed: 30 ms of each command.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    log = logging.StreamHandler()
    # The error that ends a command says why the Docker host cannot be reached, in better words than the SDK's.
    log.addFilter(lambda record: record.name not in _REPEATED_BY_ERRORS or "refused" in record.getMessage())
    log.setFormatter(PrintableFormatter("zuko: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[log])
    for number in _STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # not for nohup, nor for a job in the background of a shell
            signal.signal(number, _stop)
    try:
        code = _run()
        sys.stdout.flush()
        sys.stderr.flush()
    except Stopped as stopped:
        _end_by(stopped.number)
    except BrokenPipeError:
        _end_by(signal.SIGPIPE)
    logging.shutdown()
    os._exit(code)  # everything is closed: to take the modules apart would take 50 ms


def _run() -> int:
    try:
        code = group.main(prog_name="zuko", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return 130
    except ZukoError as error:
        message, code = explain(error)
        click.echo(f"zuko: {message}", err=True)
        return code
    return code if isinstance(code, int) else 0


def _stop(number: int, _: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)  # a second signal ends the process at once
    logging.disable()  # errors from here on are caused by the signal
    raise Stopped(number)


def _end_by(number: int) -> NoReturn:
    """End as if the signal had not been caught: a shell's loop stops at Ctrl-C only if the command died of it."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    sys.exit(128 + number)
