"""The result of a program at a prompt: its output, byte for byte, and a line about it."""

import sys
from typing import Final

import click

from zuko.cli.failures import SOFTWARE
from zuko.cli.figures import has_colours, mebibytes, seconds
from zuko.cli.printable import printable_lines
from zuko.types import Execution, Status

TIMEOUT: Final = 124  # like timeout(1)
NOT_COMPILED: Final = 65  # EX_DATAERR of sysexits.h

_COLOURS: Final = {Status.OK: "green", Status.ERROR: "magenta"}


def show_execution(execution: Execution, stdout: bytes, stderr: bytes, *, quiet: bool) -> None:
    """Print the outputs, and unless `quiet` the compiler's warnings and a line with the figures on standard error."""
    if execution.compile_output and (execution.status is Status.COMPILE_ERROR or not quiet):
        sys.stderr.write(printable_lines(execution.compile_output))
    sys.stdout.buffer.write(stdout)
    sys.stdout.flush()
    sys.stderr.flush()
    sys.stderr.buffer.write(stderr)
    if not quiet:
        # Begin a new line even if the program's output does not end with a newline.
        on_a_terminal = sys.stdout.isatty() and not stdout.endswith(b"\n") and stdout
        unended = stderr and not stderr.endswith(b"\n")
        sys.stderr.write(("\n" if unended or (on_a_terminal and not stderr) else "") + _summary(execution))
    sys.stderr.flush()


def _summary(execution: Execution) -> str:
    """Return the result in a line: "OK  0.013 s CPU, 0.014 s wall, 8.5 MiB"."""
    status: str = execution.status
    if has_colours(sys.stderr):
        status = click.style(status, fg=_COLOURS.get(execution.status, "red"), bold=True)
    remarks = [execution.message] if execution.message else []
    if execution.status is Status.RUNTIME_ERROR and not remarks:
        remarks = [f"exit code {execution.exit_code}"]
    if execution.usage is not None:
        usage = execution.usage
        cost = (
            f"{seconds(usage.cpu_time_ns)} CPU, {seconds(usage.wall_time_ns)} wall, {mebibytes(usage.peak_rss_bytes)}"
        )
        remarks.insert(0, cost)
    return f"{status}  {printable_lines('; '.join(remarks))}\n"


def exit_code(execution: Execution) -> int:
    """Return the exit code of the command: the program's, unless it was stopped or not run."""
    match execution.status:
        case Status.TIMEOUT:
            return TIMEOUT
        case Status.COMPILE_ERROR:
            return NOT_COMPILED
        case Status.ERROR:
            return SOFTWARE
    return execution.exit_code or 0
