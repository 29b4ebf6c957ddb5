"""Messages and exit codes of our errors on the command line."""

from typing import Final

from zuko.cli.printable import printable_lines
from zuko.errors import (
    HostSettingError,
    ProblemError,
    SandboxError,
    SubmissionError,
    UnavailableError,
    ZukoError,
)

USAGE: Final = 2  # an option, a setting, a file or a package is wrong
SOFTWARE: Final = 70  # EX_SOFTWARE of sysexits.h: a sandbox broke, or Zuko has a bug
UNAVAILABLE: Final = 75  # EX_TEMPFAIL: nothing was run; the same command may work later


def explain(error: ZukoError) -> tuple[str, int]:
    """Return the printable message of an error, with a way to fix it, and the exit code."""
    text = printable_lines(str(error))
    match error:
        case HostSettingError() | SubmissionError() | ProblemError():
            return text, USAGE
        case UnavailableError():
            # The log is on the same terminal.
            return text.replace("; its reason is in the server's log", ", see above"), UNAVAILABLE
        case SandboxError():
            return f"the sandbox failed, not the program: {text}", SOFTWARE
        case _:
            return text, SOFTWARE
