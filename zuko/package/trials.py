"""Test data for the validators themselves: inputs that are not valid, outputs that are right and wrong.

data/invalid_input     *.in                 at least one input validator rejects each
data/invalid_output    *.in, *.ans, *.out   the output validator rejects each
data/valid_output      *.in, *.ans, *.out   the output validator accepts each
"""

from dataclasses import dataclass
from typing import Final

from zuko.errors import ProblemError
from zuko.package.arguments import Arguments, Programs
from zuko.package.document import TEST_GROUP_YAML, read_document
from zuko.package.files import PackageFiles
from zuko.package.testdata import MakeChecker, read_case_files
from zuko.package.validators import InputArguments
from zuko.problem import INPUT_MAX_BYTES, TestCase
from zuko.types import CASES_MAX, SourceFile

INVALID_INPUT: Final = "invalid_input"
INVALID_OUTPUT: Final = "invalid_output"
VALID_OUTPUT: Final = "valid_output"
OUTPUT_FILE: Final = "output"  # in the workspace of the program that stands in for a submission


@dataclass(frozen=True, slots=True)
class Trial:
    """A case that validators are tried on."""

    case: TestCase  # with the output as `OUTPUT_FILE`, if there is one
    input_arguments: InputArguments
    input_files: tuple[SourceFile, ...] = ()  # for input validators


@dataclass(frozen=True, slots=True)
class Trials:
    """All cases that validators are tried on."""

    invalid_inputs: tuple[Trial, ...] = ()
    invalid_outputs: tuple[Trial, ...] = ()
    valid_outputs: tuple[Trial, ...] = ()


def read_trials(files: PackageFiles, make_checker: MakeChecker, notes: list[str]) -> Trials:
    """Read the cases of all three kinds; each may be missing.

    Raises:
        ProblemError: a file is missing, or settings are wrong.
    """
    reader = _Reader(files, make_checker, notes)
    return Trials(
        reader.read(INVALID_INPUT, ("in",)),
        reader.read(INVALID_OUTPUT, ("in", "ans", "out")),
        reader.read(VALID_OUTPUT, ("in", "ans", "out")),
    )


class _Reader:
    def __init__(self, files: PackageFiles, make_checker: MakeChecker, notes: list[str]) -> None:
        self._files = files
        self._make_checker = make_checker
        self._notes = notes
        self._count = 0

    def read(self, kind: str, needed: tuple[str, ...]) -> tuple[Trial, ...]:
        return tuple(self._folder(f"data/{kind}", needed, Programs()))

    def _folder(self, path: str, needed: tuple[str, ...], inherited: Programs) -> list[Trial]:
        names = self._files.list(path)
        programs = self._programs(f"{path}/{TEST_GROUP_YAML}", inherited)
        trials: list[Trial] = []
        for name in names:
            if self._files.is_dir(f"{path}/{name}") and not name.endswith(".files"):
                trials += self._folder(f"{path}/{name}", needed, programs)
            elif name.endswith(".in"):
                trials.append(self._trial(f"{path}/{name.removesuffix('.in')}", needed, programs))
        return trials

    def _trial(self, base: str, needed: tuple[str, ...], inherited: Programs) -> Trial:
        self._count += 1
        if self._count > CASES_MAX:
            raise ProblemError(base, f"there are more than {CASES_MAX} cases to try validators on")
        programs = self._programs(f"{base}.yaml", inherited)
        contents = {suffix: self._files.read(f"{base}.{suffix}", INPUT_MAX_BYTES) for suffix in needed}
        output = (SourceFile(OUTPUT_FILE, contents["out"]),) if "out" in contents else ()
        case = TestCase(
            name=base.removeprefix("data/"),
            input=contents["in"],
            answer=contents.get("ans", b""),
            checker=programs.checker,
            arguments=programs.arguments,
            files=output,
        )
        return Trial(case, programs.input_arguments, read_case_files(self._files, f"{base}.files"))

    def _programs(self, path: str, inherited: Programs) -> Programs:
        if not self._files.is_file(path):
            return inherited
        return inherited.below(read_document(self._files, path, Arguments, self._notes), path, self._make_checker)
