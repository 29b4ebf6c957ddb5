"""Our errors as people are told them at a prompt, and the exit code of each."""

from typing import Final

from zuko.errors import (
    EngineError,
    ImageMissingError,
    ProblemError,
    SandboxError,
    SubmissionError,
    UnavailableError,
    ZukoError,
)
from zuko.languages import LANGUAGES

USAGE: Final = 2  # an option, a file or a package is wrong
SOFTWARE: Final = 70  # EX_SOFTWARE of sysexits.h: a sandbox broke, or a bug of ours
UNAVAILABLE: Final = 75  # EX_TEMPFAIL: nothing was run, and the same command may work later


def explain(error: ZukoError) -> tuple[str, int]:
    """What to say of an error, with what mends it, and the exit code."""
    match error:
        case ImageMissingError():
            return _with_language(str(error)), UNAVAILABLE
        case EngineError() | UnavailableError():
            # The log is on the same terminal here.
            return str(error).replace("; its reason is in the server's log", ", see above"), UNAVAILABLE
        case SubmissionError() | ProblemError():
            return str(error), USAGE
        case SandboxError():
            return f"the sandbox failed, not the program: {error}", SOFTWARE
        case _:
            return str(error), SOFTWARE


def _with_language(message: str) -> str:
    """The command that builds the image that is missing, instead of the one that builds Python's."""
    name = next((each.name for each in LANGUAGES.values() if f" {each.image} " in message), None)
    return message.replace("`make image`", f"`make images LANGUAGES={name}`") if name else message
