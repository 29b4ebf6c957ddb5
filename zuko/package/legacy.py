"""Test data of the legacy format: nested groups, `testdata.yaml`, and the default grader's flags."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, ClassVar, Final, Literal

from pydantic import Field, field_validator

from zuko.errors import ProblemError
from zuko.package.document import Document, read_document, read_values
from zuko.package.files import PackageFiles
from zuko.package.programs import read_program
from zuko.package.testdata import LEGACY_SUFFIXES, TESTDATA_YAML, DataReader, Folder, TestData, list_folder
from zuko.package.trials import INVALID_INPUT, INVALID_OUTPUT, VALID_OUTPUT
from zuko.package.validators import InputArguments, check_input_arguments
from zuko.problem import Aggregation, CustomGrader, Program, TestGroup, VerdictRule

_SCORING_KEYS: Final = {"accept_score", "reject_score", "range"}
# Flags of the default grader. `no_errors` is an older name, which problemtools takes still.
_AGGREGATIONS: Final = ("sum", "avg", "min", "max")
_RULES: Final = {
    **{rule.value: rule for rule in VerdictRule},
    "no_errors": VerdictRule.WORST_ERROR,
}
_SWITCHES: Final = ("ignore_sample", "accept_if_any_accepted")


class _NamedFlags(Document):
    """Flags for one of several validators."""

    name: str
    flags: str | None = None


class _TestData(Document):
    elsewhere: ClassVar[Mapping[str, str]] = {
        "validator_flags": "output_validator_flags, or in problem.yaml",
        "output_validator_args": "output_validator_flags: the other is of 2025-09",
        "input_validator_args": "input_validator_flags: the other is of 2025-09",
        **dict.fromkeys(("max_score", "score_aggregation", "require_pass", "scoring"), "a package of version 2025-09"),
    }

    on_reject: Literal["break", "continue"] = "break"
    grading: Literal["default", "custom"] = "default"
    grader_flags: str | None = None
    input_validator_flags: str | _NamedFlags | dict[str, str | None] | None = Field(
        default=None, union_mode="left_to_right"
    )
    output_validator_flags: str | _NamedFlags | None = None
    accept_score: float = 1.0
    reject_score: float = 0.0
    range: str = "-inf +inf"

    @field_validator("range")
    @classmethod
    def _check_range(cls, value: str) -> str:
        parse_range(value)
        return value


@dataclass(frozen=True, slots=True)
class _Settings:
    """The settings of a group, including those inherited from the groups around it."""

    on_reject: str = "break"
    grading: str = "default"
    grader_flags: tuple[str, ...] = ()
    output_validator_flags: tuple[str, ...] = ()
    accept_score: float = 1.0
    reject_score: float = 0.0
    range: str = "-inf +inf"
    input_arguments: InputArguments = ()


def has_settings(files: PackageFiles) -> bool:
    """Return whether the groups of a package have settings of the legacy format, in a file at the usual places."""
    inner = [f"data/secret/{name}" for name in files.list("data/secret")]
    paths = (f"{path}/{TESTDATA_YAML}" for path in ("data", "data/sample", "data/secret", *inner))
    found = (read_values(files, path, []).root for path in paths if files.is_file(path))
    return any(set(root) & set(_TestData.model_fields) for root in found if isinstance(root, dict))


class LegacyReader(DataReader):
    """The test data of a package of the legacy format, or of the draft 2023-07 as problemtools reads it."""

    _program: Program | None = None
    _best: float | None = None

    def read(self) -> TestData:
        """Read all of it.

        Raises:
            ProblemError: something in it is wrong or not supported.
        """
        top = list_folder(self.files, "data", LEGACY_SUFFIXES, (TESTDATA_YAML,), self.notes)
        settings, most = self._settings(top, _Settings(**self._common()))
        self._best = _best(top_range) if (top_range := settings.range) and self.metadata.fewer_is_better else None
        root = self._group("", None, settings, most)
        ignore_sample = "ignore_sample" in settings.grader_flags
        settings = replace(
            settings, grader_flags=tuple(flag for flag in settings.grader_flags if flag != "ignore_sample")
        )
        for name in ("sample", "secret"):
            if name in top.directories:
                self._read_folder(f"data/{name}", None, settings, counts=not (ignore_sample and name == "sample"))
        for name in {*top.directories, *top.cases} - {"sample", "secret", INVALID_INPUT, INVALID_OUTPUT, VALID_OUTPUT}:
            self.notes.append(f"data/{name}: is neither sample nor secret and is ignored")
        return replace(self.data(root), best_points=self._best)

    def _read_folder(self, path: str, parent: str | None, inherited: _Settings, *, counts: bool = True) -> None:
        folder = list_folder(self.files, path, LEGACY_SUFFIXES, (TESTDATA_YAML,), self.notes)
        settings, most = self._settings(folder, inherited)
        if "ignore_sample" in settings.grader_flags and settings.grading == "default":
            raise ProblemError(f"{folder.config}", "grader_flags: ignore_sample is allowed in data/testdata.yaml only")
        self.groups.append(replace(self._group(folder.name, parent, settings, most), counts=counts))
        flags = self.metadata.validator_flags + settings.output_validator_flags
        checker = self.make_checker(flags, folder.config or path) if settings.output_validator_flags else None
        points = settings.accept_score if self.metadata.scoring else 0.0
        rejected_points = settings.reject_score if self.metadata.scoring else 0.0
        for name in folder.in_order():
            if name in folder.cases:
                self.add_case(
                    folder,
                    name,
                    group=folder.name,
                    points=points,
                    rejected_points=rejected_points,
                    checker=checker,
                    input_arguments=settings.input_arguments,
                )
            else:
                self._read_folder(f"{path}/{name}", folder.name, settings)

    def _settings(self, folder: Folder, inherited: _Settings) -> tuple[_Settings, float | None]:
        """Return the settings of a folder, and the maximum of points that its own file allows."""
        if folder.config is None:
            return inherited, None
        own = read_document(self.files, folder.config, _TestData, self.notes)
        given = own.model_fields_set
        if not self.metadata.scoring:
            keys = given & _SCORING_KEYS
            self.notes += [
                f"{folder.config}: {key}: is ignored, it is for problems of type scoring" for key in sorted(keys)
            ]
        plain = ("on_reject", "accept_score", "reject_score", "range", "grading")
        changes: dict[str, Any] = {key: getattr(own, key) for key in plain if key in given}
        if "grader_flags" in given:
            changes["grader_flags"] = tuple((own.grader_flags or "").split())
        if "output_validator_flags" in given:
            changes["output_validator_flags"] = self._output_flags(own.output_validator_flags, folder.config)
        if "input_validator_flags" in given:
            arguments = _split(own.input_validator_flags)
            check_input_arguments(arguments, f"{folder.config}: input_validator_flags")
            changes["input_arguments"] = arguments
        changes |= self._common()
        _, high = parse_range(str(self._common().get("range", own.range)))
        # Where fewer points are better, the range's end is not what a complete solution has.
        most = None if math.isinf(high) or self.metadata.fewer_is_better else high
        return replace(inherited, **changes), most

    def _common(self) -> dict[str, Any]:
        """Return the settings that problem.yaml gives to every group, whatever their own files say."""
        return dict(self.metadata.group_settings)

    def _output_flags(self, given: str | _NamedFlags | None, where: str) -> tuple[str, ...]:
        """Return the flags of the package's only output validator; those for another one would be lost."""
        if not isinstance(given, _NamedFlags):
            return tuple((given or "").split())
        names = {PurePosixPath(name).stem for name in self.files.list("output_validators")} or {"default"}
        if PurePosixPath(given.name).stem not in names:
            raise ProblemError(
                where,
                f"output_validator_flags: there is no validator {given.name[:60]!r}, only {', '.join(names)}"[:200],
            )
        return tuple((given.flags or "").split())

    def _group(self, name: str, parent: str | None, settings: _Settings, most: float | None) -> TestGroup:
        aggregation, rule, accept_if_any = Aggregation.SUM, VerdictRule.WORST_ERROR, False
        is_custom = settings.grading == "custom"
        for flag in () if is_custom else settings.grader_flags:  # of contradicting flags the last one applies
            if flag in _AGGREGATIONS:
                aggregation = Aggregation(flag)
            elif flag in _RULES:
                rule = _RULES[flag]
            elif flag == "accept_if_any_accepted":
                accept_if_any = True
            elif flag != "ignore_sample":
                self._unknown_flag(f"data/{name}".rstrip("/"), flag)
        return TestGroup(
            name=name,
            parent=parent,
            aggregation=aggregation,
            points=most,
            verdict_rule=rule,
            accept_if_any=accept_if_any,
            partial=False,  # if not accepted, "the score provided by the grader will always be ignored"
            stop_at_failure=settings.on_reject == "break",
            grader=CustomGrader(self._grader(), settings.grader_flags) if is_custom else None,
        )

    def _unknown_flag(self, where: str, flag: str) -> None:
        """Note a flag that the default grader ignores; refuse one that is almost another."""
        shown = flag[:40]
        if meant := difflib.get_close_matches(flag, (*_AGGREGATIONS, *_RULES, *_SWITCHES), n=1, cutoff=0.8):
            raise ProblemError(where, f"grader_flags: unknown flag {shown!r}; did you mean {meant[0]}?")
        note = f"{where}: grader_flags: {shown!r} is not a flag of the default grader, and is ignored"
        if note not in self.notes:
            self.notes.append(note)

    def _grader(self) -> Program:
        """Return the package's grader.

        Raises:
            ProblemError: there is none, there are several, or it cannot be run.
        """
        if not self.metadata.scoring:
            raise ProblemError("graders/", "graders are only for problems of type scoring")
        names = self.files.list("graders")
        if len(names) != 1:
            raise ProblemError(
                "graders/", "grading: custom needs one grader" + (f", not {len(names)}" if names else "")
            )
        if self._program is None:
            self._program = read_program(self.files, f"graders/{names[0]}")
        return self._program


def _split(flags: str | _NamedFlags | dict[str, str | None] | None) -> InputArguments:
    if isinstance(flags, _NamedFlags):
        return {flags.name: tuple((flags.flags or "").split())}
    if isinstance(flags, dict):
        return {name: tuple((text or "").split()) for name, text in flags.items()}
    return tuple((flags or "").split())


def _best(text: str) -> float | None:
    low, _ = parse_range(text)
    return None if math.isinf(low) else low


def parse_range(text: str) -> tuple[float, float]:
    """Return the two numbers of a range.

    Raises:
        ValueError: they are not two numbers, the lower first.
    """
    try:
        low, high = map(float, text.split())
    except ValueError:
        raise ValueError("must be two numbers, the lower first") from None
    if not low <= high:
        raise ValueError("must be two numbers, the lower first")
    return low, high
