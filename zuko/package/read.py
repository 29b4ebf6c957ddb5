"""Reading a whole package into memory."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from zuko.errors import ProblemError
from zuko.judge.custom import JUDGE_FILES
from zuko.languages.scripts import NAMES as SCRIPTS
from zuko.package.constants import NO_CONSTANTS, Constants
from zuko.package.files import NAME_RULE, PackageFiles
from zuko.package.flags import parse_flags
from zuko.package.includes import NOTHING, Includes, read_includes
from zuko.package.legacy import LegacyReader, has_settings
from zuko.package.metadata import DRAFTS, PROBLEM_YAML, Metadata, Timing, read_metadata
from zuko.package.modern import ModernReader
from zuko.package.polygon import PROBLEM_XML, VERSION, Polygon
from zuko.package.programs import has_known_extension, read_program
from zuko.package.static import read_static_validator
from zuko.package.submissions import PackageSubmission, read_submissions, with_best
from zuko.package.testdata import checker_maker
from zuko.package.trials import Trials, read_trials
from zuko.package.validators import InputArguments, InputValidator, check_arguments, read_input_validators
from zuko.problem import (
    Checker,
    CheckerLimits,
    CompilerLimits,
    CustomChecker,
    Problem,
    ProblemLimits,
    TestCase,
    TestGroup,
)

_VALIDATORS: Final = ("output_validators", "output_validator")  # of the legacy format, and of the newer one
_GRAMMARS: Final = (".ctd", ".viva")  # of checktestdata and Viva
_NOTES_MAX: Final = 20  # of one kind
POLYGON_OUTPUT_BYTES: Final = 64 << 20  # what a sandbox sends; Codeforces has no lower limit
POLYGON_CODE_BYTES: Final = 64 << 10  # of Codeforces
DEFAULT_TIME_LIMIT_MS: Final = 10_000  # until the limit is inferred from the package's own submissions


@dataclass(frozen=True, slots=True)
class Package:
    """A problem package, as far as judging needs it."""

    version: str  # of the format: "legacy", "2025-09"
    title: str
    problem: Problem  # with `DEFAULT_TIME_LIMIT_MS` where the package gives no limit
    timing: Timing
    submissions: tuple[PackageSubmission, ...]
    input_validators: tuple[InputValidator, ...]
    trials: Trials  # cases that the validators are tried on
    input_arguments: Mapping[str, InputArguments]  # for the input validators, by the case's name
    includes: Includes  # added to each submission
    constants: Constants  # that stand for values in its own submissions
    languages: tuple[str, ...] | None  # Kattis codes of the allowed languages; None: all
    code_bytes: int  # maximum of a submission's files together
    submits_answers: bool  # a submission consists of answers instead of a program
    notes: tuple[str, ...]  # oddities that are not errors, each beginning with its place

    def with_time_limit(self, cpu_time_ms: int) -> Problem:
        """Return the problem with another time limit: inferred by `Timing.infer`, or requested."""
        limits = self.problem.limits
        return replace(self.problem, limits=_limits(cpu_time_ms, limits.memory_bytes, limits.output_bytes))


def _limits(cpu_time_ms: int, memory_bytes: int, output_bytes: int) -> ProblemLimits:
    # The format does not define the wall time: this is enough for a program that computes on a busy machine.
    return ProblemLimits(cpu_time_ms, 2 * cpu_time_ms + 1000, memory_bytes, output_bytes)


def read_package(path: Path, *, needs_cases: bool = True) -> Package:
    """Read a problem package from a directory.

    Everything that judging needs is in memory afterwards; nothing is run.

    Args:
        path: the directory.
        needs_cases: a package without test cases is an error. It may be the source of one whose data is generated.

    Raises:
        ProblemError: something in the package is wrong or not supported; the message names the file, and the line and
            the key if there are any.
    """
    files = PackageFiles(path)
    if not files.is_file(PROBLEM_YAML) and files.is_file(PROBLEM_XML):
        return _read_polygon(files, needs_cases=needs_cases)
    notes: list[str] = []
    metadata = read_metadata(files, notes)
    files.constants = metadata.constants
    _refuse_unsupported(files, metadata)
    custom = _read_validator(files, metadata, notes, needed=needs_cases or files.is_dir("data"))
    checker = _problem_checker(files, custom, metadata)
    make_checker = checker_maker(custom)
    # problemtools reads the draft's groups by the settings of the legacy format.
    like_legacy = metadata.legacy or (metadata.version in DRAFTS and has_settings(files))
    if like_legacy:
        data = LegacyReader(files, metadata, make_checker, notes).read()
    else:
        data = ModernReader(files, metadata, make_checker, notes, _read_static_validator(files, metadata)).read()
    if needs_cases and not data.cases:
        raise ProblemError("data", without_cases(files))
    _check_answers(metadata, data.cases)
    cpu_time_ms = metadata.timing.time_limit_ms or DEFAULT_TIME_LIMIT_MS
    problem = Problem(
        name=files.name,
        cases=data.cases,
        limits=_limits(cpu_time_ms, metadata.memory_bytes, metadata.output_bytes),
        checker=checker,
        root=data.root,
        groups=data.groups,
        interactor=custom if metadata.interactive else None,
        scored=metadata.scoring,
        signed=like_legacy,
        passes=metadata.passes,
        checker_limits=CheckerLimits(
            metadata.validation_time_ms, metadata.validation_memory_bytes, metadata.validation_output_bytes
        ),
        compiler_limits=CompilerLimits(metadata.compilation_time_ms, metadata.compilation_memory_bytes),
    )
    submissions = read_submissions(files, notes, metadata)
    if data.best_points is not None:
        submissions = with_best(submissions, data.best_points)
    input_validators = read_input_validators(files)
    includes = read_includes(files, notes)
    trials = read_trials(files, make_checker, notes)
    misnamed = list(files.misnamed)
    notes += [f"{path}: is ignored: {NAME_RULE}" for path in misnamed[:_NOTES_MAX]]
    if len(misnamed) > _NOTES_MAX:
        notes.append(f"{len(misnamed) - _NOTES_MAX} more files are ignored because of their names")
    return Package(
        version=metadata.version,
        title=metadata.title,
        problem=problem,
        timing=metadata.timing,
        submissions=submissions,
        input_validators=input_validators,
        trials=trials,
        input_arguments=data.input_arguments,
        includes=includes,
        constants=metadata.constants,
        languages=metadata.languages,
        code_bytes=metadata.code_bytes,
        submits_answers=metadata.submits_answers,
        notes=tuple(notes),
    )


def _read_polygon(files: PackageFiles, *, needs_cases: bool) -> Package:
    found = Polygon(files)
    if needs_cases and not found.cases:
        raise ProblemError(PROBLEM_XML, "has no tests")
    limits = _limits(found.time_limit_ms, found.memory_bytes, POLYGON_OUTPUT_BYTES)
    # Polygon ends at the first failure, unless tests have points.
    root = TestGroup("", stop_at_failure=not found.scored)
    programs = [each.program for each in found.submissions if each.program is not None]
    largest = max((sum(len(file.content) for file in each.files) for each in programs), default=0)
    return Package(
        version=VERSION,
        title=found.title,
        problem=Problem(
            found.name,
            found.cases,
            limits,
            found.checker,
            root=root,
            groups=found.groups,
            interactor=found.interactor,
            scored=found.scored,
        ),
        timing=Timing(found.time_limit_ms, 2.0, 1.5),
        submissions=found.submissions,
        input_validators=found.input_validators,
        trials=Trials(),
        input_arguments={},
        includes=NOTHING,
        constants=NO_CONSTANTS,
        languages=None,
        code_bytes=max(POLYGON_CODE_BYTES, largest),  # Polygon does not bound the package's own
        submits_answers=False,
        notes=(),
    )


def without_cases(files: PackageFiles) -> str:
    """Return the message about a package without test cases."""
    makers = [
        name
        for name in ("generators", "data/generator.py", "data/Makefile")
        if files.is_dir(name) or files.is_file(name)
    ]
    hint = f": {makers[0]} makes them, with the tool that it was written for" if makers else ""
    return f"has no test cases in data/secret or data/sample{hint}"


def _refuse_unsupported(files: PackageFiles, metadata: Metadata) -> None:
    """Raise for features that would change verdicts and are not supported."""
    directory, other = _VALIDATORS if metadata.legacy else reversed(_VALIDATORS)
    if files.list(other) and not (metadata.custom and metadata.legacy):
        raise ProblemError(
            f"{other}/", f"is not used by version {metadata.version}: its validator belongs in {directory}/"
        )


def _validator_paths(files: PackageFiles, metadata: Metadata, notes: list[str]) -> list[str]:
    """Return the paths of the output validators.

    In the legacy format a directory contains validators, in later ones it is the validator, or contains it.
    """
    directory, other = _VALIDATORS if metadata.legacy else reversed(_VALIDATORS)
    names = files.list(directory)
    if metadata.legacy and not names and files.list(other):
        notes.append(f"{other}/: is the validator, although version {metadata.version} has them in {directory}/")
        directory, names = other, files.list(other)
    if not names:
        return []
    if directory == _VALIDATORS[0]:
        if any(name in SCRIPTS and files.is_file(f"{directory}/{name}") for name in names):
            notes.append(f"{directory}/: is one validator, as DOMjudge has it, because it has a script of its own")
            return [directory]
        return _without_grammars(directory, names, notes)
    inner = [name for name in names if files.is_dir(f"{directory}/{name}")]
    sources = [name for name in names if name not in inner and has_known_extension(name)]
    return [f"{directory}/{inner[0]}" if len(inner) == 1 and not sources else directory]


def _without_grammars(directory: str, names: Iterable[str], notes: list[str]) -> list[str]:
    """Return the paths of validators that are programs; BAPCtools checks answers by the others, but not outputs."""
    paths = []
    for name in names:
        if name.endswith(_GRAMMARS):
            notes.append(f"{directory}/{name}: is ignored: it describes answers, and does not check outputs")
        else:
            paths.append(f"{directory}/{name}")
    return paths


def _read_validator(files: PackageFiles, metadata: Metadata, notes: list[str], *, needed: bool) -> CustomChecker | None:
    if metadata.custom is False:
        notes += [
            f"{each}/: is ignored, because validation is default"
            for each in _VALIDATORS
            if metadata.legacy and files.list(each)
        ]
        return None
    paths = _validator_paths(files, metadata, notes)
    if not paths:
        if metadata.custom and needed:
            directory = _VALIDATORS[0 if metadata.legacy else 1]
            raise ProblemError(f"{directory}/", "has no validator, but the problem needs one")
        return None
    if len(paths) > 1 and (metadata.interactive or metadata.passes > 1 or metadata.checker_scores):
        names = ", ".join(path.partition("/")[2] for path in paths)
        message = f"one validator decides on scores, an interaction or passes, and here are more: {names}"
        raise ProblemError(f"{_VALIDATORS[0]}/", message[:200])
    first, *others = (_read_one_validator(files, metadata, path) for path in paths)
    return replace(first, others=tuple(each.program for each in others))


def _read_one_validator(files: PackageFiles, metadata: Metadata, path: str) -> CustomChecker:
    program = read_program(files, path)
    if taken := {file.name for file in program.files} & JUDGE_FILES:
        raise ProblemError(f"{path}/{min(taken)}", "has the name of a file that the judge gives to the validator")
    check_arguments(metadata.validator_flags, "problem.yaml: validator_flags")
    return CustomChecker(program, metadata.validator_flags)


def _read_static_validator(files: PackageFiles, metadata: Metadata) -> CustomChecker | None:
    validator = read_static_validator(files)
    if validator is not None and metadata.submits_answers:
        raise ProblemError("static_validator/", "a submit-answer problem cannot have a static validator")
    return validator


def _check_answers(metadata: Metadata, cases: Iterable[TestCase]) -> None:
    """Refuse answers that no output can be, although the package allows outputs of that size."""
    for case in cases:
        if metadata.wants_more_output and len(case.answer) > metadata.output_bytes:
            most = metadata.output_bytes >> 20
            raise ProblemError(f"data/{case.name}.ans", f"is larger than the {most} MiB that an output can have")


def _problem_checker(files: PackageFiles, custom: CustomChecker | None, metadata: Metadata) -> Checker:
    hint = ""
    if metadata.custom is False and files.list(_VALIDATORS[0]):
        hint = f"; there is {_VALIDATORS[0]}/: is `validation: custom` missing?"
    return custom or parse_flags(metadata.validator_flags, "problem.yaml: validator_flags", hint)
