"""Test data, as far as both formats agree: cases are pairs of files, groups are directories."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from zuko.errors import ProblemError
from zuko.package.files import PackageFiles
from zuko.package.flags import parse_flags
from zuko.package.metadata import Metadata
from zuko.package.programs import PROGRAM_FILES_MAX, files_below
from zuko.package.texts import TextCheck
from zuko.package.validators import InputArguments, check_arguments
from zuko.problem import INPUT_MAX_BYTES, Checker, CustomChecker, TestCase, TestGroup
from zuko.types import CASES_MAX, SourceFile

TESTDATA_YAML: Final = "testdata.yaml"  # settings of a group in the legacy format
# Suffixes of the files of a test case. Those that are shown need no input beside them.
_SHOWN: Final = (
    *(".in.statement", ".ans.statement", ".in.download", ".ans.download"),
    *(".out", ".interaction", ".png", ".jpg", ".jpeg", ".svg", ".hint", ".desc"),
)
LEGACY_SUFFIXES: Final = (*_SHOWN, ".in", ".ans")
MODERN_SUFFIXES: Final = (*_SHOWN, ".in", ".ans", ".files", ".yaml")
_STRAY_SHOWN: Final = 3  # files of a folder

MakeChecker = Callable[[tuple[str, ...], str], Checker]  # from flags and their place


@dataclass(frozen=True, slots=True)
class TestData:
    """Cases and groups, ready for a `Problem`."""

    __test__ = False  # pytest takes the name for a class of tests

    cases: tuple[TestCase, ...]
    root: TestGroup
    groups: tuple[TestGroup, ...]
    input_arguments: Mapping[str, InputArguments]  # for input validators, by the case's name
    best_points: float | None = None  # of a complete solution, where fewer are better; None: unknown


@dataclass(slots=True)
class Folder:
    """The content of a directory of test data, by the file names."""

    path: str  # in the package: "data/secret/group1"
    cases: tuple[str, ...]  # base names, sorted
    directories: tuple[str, ...]  # names, sorted
    config: str | None  # the group's own YAML file; None: it has none
    others: dict[str, set[str]] = field(default_factory=dict)  # base name -> suffixes other than .in and .ans

    @property
    def name(self) -> str:
        """The name of the group: "secret/group1"."""
        return self.path.removeprefix("data/").removeprefix("data")

    def in_order(self) -> list[str]:
        """Return cases and directories together, in the order that the format demands: by base name."""
        return sorted((*self.cases, *self.directories))


def list_folder(
    files: PackageFiles, path: str, suffixes: Iterable[str], configs: Sequence[str], notes: list[str]
) -> Folder:
    """Sort a directory's entries into cases, directories and the rest.

    Args:
        files: the package.
        path: the directory.
        suffixes: suffixes of files that belong to a case.
        configs: the name of a group's own file, and names of files that belong to nothing.
        notes: a note is added for each file that does not belong to anything.

    Raises:
        ProblemError: an input has no answer, an answer has no input, or a directory has a case's name.
    """
    found: dict[str, set[str]] = {}
    directories = []
    stray = []
    has_config = False
    for name in files.list(path):
        suffix = next((each for each in suffixes if name.endswith(each) and name != each), None)
        if name in configs:
            has_config = has_config or name == configs[0]
        elif suffix:
            found.setdefault(name.removesuffix(suffix), set()).add(suffix)
        elif files.is_dir(f"{path}/{name}"):
            directories.append(name)
        else:
            stray.append(name)
    cases = []
    for base, has in sorted(found.items()):
        if ".in" in has:
            if ".ans" not in has:
                raise ProblemError(f"{path}/{base}.ans", "is missing, but there is an input of that name")
            if base in directories:
                raise ProblemError(f"{path}/{base}", "is a directory with the name of a test case")
            cases.append(base)
        elif ".ans" in has:
            raise ProblemError(f"{path}/{base}.ans", f"has no input: {base}.in is missing")
        else:
            stray += [f"{base}{suffix}" for suffix in sorted(has) if suffix not in _SHOWN]
    _note_stray(path, stray, notes)
    others = {base: found[base] - {".in", ".ans"} for base in cases}
    return Folder(path, tuple(cases), tuple(directories), f"{path}/{configs[0]}" if has_config else None, others)


def _note_stray(path: str, stray: Sequence[str], notes: list[str]) -> None:
    if len(stray) <= _STRAY_SHOWN:
        notes += [f"{path}/{name}: does not belong to a test case and is ignored" for name in stray]
    else:
        shown = ", ".join(stray[:_STRAY_SHOWN])
        notes.append(f"{path}: {len(stray)} files do not belong to a test case and are ignored: {shown}, …")


def read_case_files(files: PackageFiles, path: str) -> tuple[SourceFile, ...]:
    """Read the files that a case gives to the submission and the input validators; the directory may be missing.

    Raises:
        ProblemError: they are too many.
    """
    names = files_below(files, path, PROGRAM_FILES_MAX)
    return tuple(SourceFile(name, files.read(f"{path}/{name}", INPUT_MAX_BYTES)) for name in names)


class DataReader:
    """The parts of reading `data/` that both formats share."""

    def __init__(self, files: PackageFiles, metadata: Metadata, make_checker: MakeChecker, notes: list[str]) -> None:
        self.files = files
        self.metadata = metadata
        self.make_checker = make_checker
        self.notes = notes
        self.cases: list[TestCase] = []
        self.groups: list[TestGroup] = []
        self.input_arguments: dict[str, InputArguments] = {}
        self._texts = TextCheck()

    def add_case(
        self,
        folder: Folder,
        base: str,
        *,
        group: str,
        points: float | None,
        checker: Checker | None,
        input_arguments: InputArguments,
        rejected_points: float = 0.0,
        arguments: tuple[str, ...] = (),
        files: tuple[SourceFile, ...] = (),
    ) -> None:
        """Read the two files of a case."""
        path = f"{folder.path}/{base}"
        name = path.removeprefix("data/")
        given, answer = self.files.read(f"{path}.in", INPUT_MAX_BYTES), self.files.read(f"{path}.ans")
        self._texts.add(f"{path}.in", given)
        self._texts.add(f"{path}.ans", answer)
        self.cases.append(
            TestCase(
                name=name,
                input=given,
                answer=answer,
                points=points,
                rejected_points=rejected_points,
                group=group,
                checker=checker,
                arguments=arguments,
                files=files,
            )
        )
        self.input_arguments[name] = input_arguments

    def add_static(self, name: str, group: str, points: float, validator: CustomChecker) -> None:
        """Add a static validation test case.

        Raises:
            ProblemError: another case has its name.
        """
        if self.files.is_file(f"data/{name}.in"):
            raise ProblemError(f"data/{name}.in", "has the name of the group's static validation test case")
        self.cases.append(TestCase(name, b"", b"", points=points, group=group, checker=validator, is_static=True))

    def data(self, root: TestGroup) -> TestData:
        """Return what has been read.

        Raises:
            ProblemError: there are too many cases.
        """
        if self.cases and not any(case.name.startswith("secret/") for case in self.cases):
            self.notes.append("data/secret: has no test cases: the samples alone are judged")
        if len(self.cases) > CASES_MAX:
            raise ProblemError("data", f"has more than {CASES_MAX} test cases")
        self.notes += self._texts.notes()
        return TestData(tuple(self.cases), root, tuple(self.groups), self.input_arguments)


def checker_maker(custom: CustomChecker | None) -> MakeChecker:
    """Return the function that turns flags into a checker.

    They are arguments of the custom checker, or options of the default validator.
    """

    def make(flags: tuple[str, ...], where: str) -> Checker:
        if custom:
            check_arguments(flags, where)
            return replace(custom, arguments=flags)
        return parse_flags(flags, where)

    return make
