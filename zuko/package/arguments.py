"""The keys of test data's YAML files that say what the programs of a case are given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from zuko.package.document import Document, Strings
from zuko.package.testdata import MakeChecker
from zuko.package.validators import InputArguments, check_arguments, check_input_arguments
from zuko.problem import Checker


class Arguments(Document):
    """The keys that a file of a case and one of a directory have in common."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("validator_flags", "output_validator_flags"), "output_validator_args, a list of words"),
        "input_validator_flags": "input_validator_args, a list of words",
        "grader_flags": "score_aggregation",
        "on_reject": "score_aggregation: a group that is pass-fail or min stops at a failure",
        **dict.fromkeys(("accept_score", "range"), "max_score"),
    }
    harmless: ClassVar[frozenset[str]] = frozenset(
        ("input_visualizer_args", "output_visualizer_args", "full_feedback", "hint", "description")
    )

    args: Strings | None = None
    input_validator_args: Strings | dict[str, Strings] | None = None
    output_validator_args: Strings | None = None
    input_visualizer_args: object = None
    output_visualizer_args: object = None
    full_feedback: bool | None = None


@dataclass(frozen=True, slots=True)
class Programs:
    """The checker and the arguments of a case: its own, or inherited from the directories above."""

    checker: Checker | None = None  # None: the problem's
    input_arguments: InputArguments = ()
    arguments: tuple[str, ...] = ()  # of the submission

    def below(self, given: Arguments, where: str, make_checker: MakeChecker) -> "Programs":
        """Return what holds where a file gives something else than the directories above.

        Args:
            given: the file's content.
            where: the file's path.
            make_checker: makes a checker of arguments.

        Raises:
            ProblemError: arguments cannot be passed to a program.
        """
        checker, input_arguments, arguments = self.checker, self.input_arguments, self.arguments
        if given.output_validator_args is not None:
            checker = make_checker(given.output_validator_args, f"{where}: output_validator_args")
        if given.input_validator_args is not None:
            input_arguments = given.input_validator_args
            check_input_arguments(input_arguments, f"{where}: input_validator_args")
        if given.args is not None:
            arguments = given.args
            check_arguments(arguments, f"{where}: args")
        return Programs(checker, input_arguments, arguments)
