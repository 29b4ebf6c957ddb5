"""A package's input validators, and their arguments for each test case."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from zuko.errors import ProblemError
from zuko.judge.inputs import VALID
from zuko.package.files import PackageFiles
from zuko.package.programs import read_program
from zuko.problem import Program

# The second is the older name, which packages still use.
DIRECTORIES: Final = ("input_validators", "input_format_validators")
VALIDATORS_MAX: Final = 64
ARGUMENTS_MAX: Final = 256  # a run frame has room for twice as many
ARGUMENTS_MAX_BYTES: Final = 32 << 10

InputArguments = tuple[str, ...] | Mapping[str, tuple[str, ...]]  # for all validators, or by the name of one


@dataclass(frozen=True, slots=True)
class InputValidator:
    """A program that checks an input: it reads it from standard input, and exits with 42 if it is valid."""

    path: str  # in the package: "input_validators/ranges.py"
    program: Program | None  # None: it cannot be run
    reason: str  # why it cannot be run; "" if it can
    valid: int = VALID  # its exit code for a valid input

    def arguments(self, given: InputArguments) -> tuple[str, ...]:
        """Return this validator's part of a test case's arguments, by its name with or without the extension."""
        if not isinstance(given, Mapping):
            return given
        path = PurePosixPath(self.path)
        return given.get(path.name, given.get(path.stem, ()))


def read_input_validators(files: PackageFiles) -> tuple[InputValidator, ...]:
    """Read all input validators.

    One that cannot be run, because of its language for example, is not an error of the package: its `reason` says why.

    Raises:
        ProblemError: there are too many.
    """
    found: list[InputValidator] = []
    for directory in DIRECTORIES:
        for name in files.list(directory):
            path = f"{directory}/{name}"
            if len(found) == VALIDATORS_MAX:
                raise ProblemError(path, f"the package has more than {VALIDATORS_MAX} input validators")
            try:
                found.append(InputValidator(path, read_program(files, path), ""))
            except ProblemError as exc:
                found.append(InputValidator(path, None, str(exc)))
    return tuple(found)


def check_arguments(arguments: tuple[str, ...], where: str) -> None:
    """Raise for arguments that cannot be passed to a program.

    Raises:
        ProblemError: there are too many, they are too long, or they are not text.
    """
    if len(arguments) > ARGUMENTS_MAX:
        raise ProblemError(where, f"more than {ARGUMENTS_MAX} arguments are not supported")
    try:
        size = sum(len(argument.encode()) for argument in arguments)
    except UnicodeEncodeError:
        raise ProblemError(where, "an argument is not valid Unicode (lone surrogate)") from None
    if size > ARGUMENTS_MAX_BYTES:
        raise ProblemError(where, f"arguments of more than {ARGUMENTS_MAX_BYTES} bytes together are not supported")
    if any("\0" in argument for argument in arguments):
        raise ProblemError(where, "an argument must not contain NUL")


def check_input_arguments(given: InputArguments, where: str) -> None:
    """Raise for arguments of input validators that cannot be passed to a program.

    Raises:
        ProblemError: see `check_arguments`.
    """
    for arguments in given.values() if isinstance(given, Mapping) else (given,):
        check_arguments(arguments, where)
