"""Our errors as people are told them at a prompt, and the exit code of each."""

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
SOFTWARE: Final = 70  # EX_SOFTWARE of sysexits.h: a sandbox broke, or a bug of ours
UNAVAILABLE: Final = 75  # EX_TEMPFAIL: nothing was run, and the same command may work later


def explain(error: ZukoError) -> tuple[str, int]:
    """What to say of an error, printable and with what mends it, and the exit code."""
    text = printable_lines(str(error))
    match error:
        case HostSettingError() | SubmissionError() | ProblemError():
            return text, USAGE
        case UnavailableError():
            # The log is on the same terminal here.
            return text.replace("; its reason is in the server's log", ", see above"), UNAVAILABLE
        case SandboxError():
            return f"the sandbox failed, not the program: {text}", SOFTWARE
        case _:
            return text, SOFTWARE
