"""problem.yaml of both formats, and the time limit, as one frozen value."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal

from pydantic import field_validator

from zuko.errors import ProblemError
from zuko.package.constants import NO_CONSTANTS, Constants, parse_constants
from zuko.package.document import Document, Strings, Values, check_values, read_values
from zuko.package.domjudge import INI, Ini, read_ini
from zuko.package.files import PackageFiles
from zuko.package.limits import TIME_MAX_S, LegacyLimits, Limits, ModernLimits, limit_fields, note_outputs

PROBLEM_YAML: Final = "problem.yaml"
LEGACY: Final = ("legacy", "legacy-icpc")
# 2023-07 was a draft of 2025-09.
DRAFTS: Final = ("2023-07", "2023-07-draft")
MODERN: Final = (*DRAFTS, "2025-09")
_PASSES: Final = 2  # the format's default


@dataclass(frozen=True, slots=True)
class Timing:
    """The time limit, or how to infer it from the package's own submissions."""

    time_limit_ms: int | None  # None: to be inferred
    ac_multiplier: float  # the limit is at least this times the slowest accepted submission
    tle_multiplier: float  # a submission that is too slow takes at least this times the limit
    resolution_ms: int = 1000  # the limit is a multiple of it

    def infer(self, slowest_accepted_ms: float) -> int:
        """Return the limit in ms for the CPU time of the slowest accepted submission; at least one step."""
        # Round first: the error of 0.1 * 3 must not add a step.
        steps = math.ceil(round(slowest_accepted_ms * self.ac_multiplier / self.resolution_ms, 9))
        return max(steps, 1) * self.resolution_ms


@dataclass(frozen=True, slots=True)
class Metadata:
    """The content of problem.yaml, as far as judging needs it."""

    version: str  # one of LEGACY or MODERN
    title: str
    scoring: bool
    interactive: bool
    custom: bool | None  # the package's own validator decides; None: if there is one
    checker_scores: bool  # the validator may assign points
    validator_flags: tuple[str, ...]  # legacy, for every case
    languages: tuple[str, ...] | None  # Kattis codes that may be used; None: all
    timing: Timing
    memory_bytes: int
    output_bytes: int
    code_bytes: int
    compilation_time_ms: int | None  # None: the language's
    compilation_memory_bytes: int | None  # the same
    validation_time_ms: int
    validation_memory_bytes: int
    validation_output_bytes: int
    wants_more_output: bool = False  # the package gives a higher limit than `output_bytes`, which is the highest
    passes: int = 1  # runs on a case, at most
    submits_answers: bool = False  # a submission consists of answers instead of a program
    fewer_is_better: bool = False  # `objective: min`
    group_settings: Mapping[str, object] = field(default_factory=dict)  # of testdata.yaml, for every group
    constants: Constants = NO_CONSTANTS

    @property
    def legacy(self) -> bool:
        """True for the format before 2023-07."""
        return self.version in LEGACY


# Keys that tell about a problem: they change no verdict.
_ABOUT: Final = frozenset(
    (
        *("name", "uuid", "version", "author", "credits", "source", "source_url", "license", "rights_owner"),
        *("embargo_until", "keywords", "libraries", "allow_file_writing"),
    )
)
_GROUP_KEYS: Final = {
    **dict.fromkeys(("on_reject", "grader_flags", "accept_score", "reject_score", "range"), "data/testdata.yaml"),
    "input_validator_flags": "data/testdata.yaml",
}
_LIMIT_KEYS: Final = {key: f"limits: limits.{key}" for key in ("time_limit", "time_multiplier", "memory", "output")}


class _LegacyGrading(Document):
    harmless: ClassVar[frozenset[str]] = frozenset(("show_test_data_groups",))

    objective: Literal["max", "min"] = "max"
    show_test_data_groups: bool = False
    # Settings of every group, before those had files of their own. problemtools takes them still.
    on_reject: Literal["first_error", "worst_error", "grade"] | None = None
    accept_score: float | None = None
    reject_score: float | None = None
    range: str | None = None

    def settings(self) -> dict[str, object]:
        """Return what is given here for every group, by the names of the fields of testdata.yaml."""
        given: dict[str, object] = {key: getattr(self, key) for key in ("accept_score", "reject_score", "range")}
        given["on_reject"] = {"first_error": "break", "grade": "continue"}.get(self.on_reject or "")
        return {key: value for key, value in given.items() if value is not None}


class _Legacy(Document):
    harmless: ClassVar[frozenset[str]] = _ABOUT
    elsewhere: ClassVar[Mapping[str, str]] = {
        **_GROUP_KEYS,
        **_LIMIT_KEYS,
        "output_validator_flags": "validator_flags, or in output_validator_flags of data/testdata.yaml",
        "output_validator_args": "validator_flags",
        "languages": "a package of version 2025-09",
        "constants": "a package of version 2025-09",
    }

    problem_format_version: str = "legacy"
    type: Literal["pass-fail", "scoring"] = "pass-fail"
    name: str | dict[str, str] | None = None
    uuid: str | None = None
    author: str | None = None
    source: str | None = None
    source_url: str | None = None
    license: str | None = None
    rights_owner: str | None = None
    limits: LegacyLimits = LegacyLimits()
    validation: str = "default"
    validator_flags: str | None = None
    grading: _LegacyGrading = _LegacyGrading()
    keywords: object = None
    libraries: str | None = None  # in the format before 2021

    @field_validator("validation")
    @classmethod
    def _check_validation(cls, value: str) -> str:
        first, *rest = value.split() or [""]
        allowed = ("interactive", "score", "multi-pass") if first == "custom" else ()
        if (
            first not in ("default", "custom")
            or any(word not in allowed for word in rest)
            or len(set(rest)) < len(rest)
        ):
            raise ValueError(f"{value[:60]!r} is neither default nor custom [interactive] [score] [multi-pass]")
        return value


class _Modern(Document):
    harmless: ClassVar[frozenset[str]] = _ABOUT
    elsewhere: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(_GROUP_KEYS, "test_group.yaml in data/secret or a group"),
        **_LIMIT_KEYS,
        "validation": "type, and its program in output_validator/",
        "grading": "type: scoring, and test_group.yaml of data/secret or a group",
        **dict.fromkeys(
            ("validator_flags", "output_validator_flags", "output_validator_args"),
            "test_group.yaml of data/sample, data/secret or a group: output_validator_args",
        ),
        "input_validator_args": "test_group.yaml of data/sample, data/secret or a group",
    }

    problem_format_version: str
    type: Strings = ("pass-fail",)
    name: str | dict[str, str] | None = None
    uuid: str | None = None
    version: str | None = None
    credits: object = None
    source: object = None
    license: str | None = None
    rights_owner: str | None = None
    embargo_until: str | None = None
    limits: ModernLimits = ModernLimits()
    keywords: object = None
    languages: Strings = ("all",)
    allow_file_writing: bool = False
    constants: dict[str, object] | None = None

    @field_validator("type")
    @classmethod
    def _check_type(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        value = tuple(" ".join(value).split())  # several words in one string are noted
        known = {"pass-fail", "scoring", "multi-pass", "interactive", "submit-answer"}
        if not value or len(set(value)) < len(value) or not set(value) <= known:
            raise ValueError(f"must be one or more of {', '.join(sorted(known))}, each at most once")
        if {"pass-fail", "scoring"} <= set(value):
            raise ValueError("a problem is pass-fail or scoring, not both")
        if "submit-answer" in value and {"interactive", "multi-pass"} & set(value):
            raise ValueError("a submit-answer problem is neither interactive nor multi-pass")
        return value


def read_metadata(files: PackageFiles, notes: list[str]) -> Metadata:
    """Read problem.yaml, and `.timelimit` beside it in the legacy format.

    Args:
        files: the package.
        notes: a note is added for each oddity.

    Raises:
        ProblemError: something in it is wrong or not supported.
    """
    if not files.is_file(PROBLEM_YAML) and files.is_file(INI):  # DOMjudge needs one of the two
        values = Values(PROBLEM_YAML, {}, {})
    else:
        values = read_values(files, PROBLEM_YAML, notes)
    ini = read_ini(files)
    root = values.root
    version = root.get("problem_format_version") or "legacy" if isinstance(root, dict) else "legacy"
    try:
        if version in LEGACY:
            legacy = check_values(values, root, _Legacy, notes)
            note_outputs(values, legacy.limits, notes)
            return _from_legacy(legacy, version, files, ini)
        data = check_values(values, root, _modern_model(version), notes)
        note_outputs(values, data.limits, notes)
        _note_required(values, notes)
        return _from_modern(data, version, files.name)
    except _WrongError as error:
        raise ProblemError(values.place(tuple(error.key.split("."))), f"{error.key}: {error}") from None


def _note_required(values: Values, notes: list[str]) -> None:
    """Note what the newer format requires and no verdict depends on."""
    notes += [f"{PROBLEM_YAML}: {key}: is missing" for key in ("name", "uuid") if values.root.get(key) is None]
    given = values.root.get("type")
    if isinstance(given, str) and len(words := given.split()) > 1:
        notes.append(f"{values.place(('type',))}: type: several types are a list: [{', '.join(words)}]")


def _modern_model(version: object) -> type[_Modern]:
    if version not in MODERN:
        known = ", ".join(LEGACY + MODERN)
        raise _WrongError("problem_format_version", f"unsupported version {str(version)[:40]!r}; supported: {known}")
    return _Modern


class _WrongError(Exception):
    """A value of the right type that is not allowed or not supported."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key  # with dots


def _from_legacy(data: _Legacy, version: str, files: PackageFiles, ini: Ini) -> Metadata:
    kind, *options = data.validation.split()
    scoring = data.type == "scoring"
    if "score" in options and not scoring:
        raise _WrongError("validation", "score is only for problems of type scoring")
    time_limit_ms = _milliseconds(data.limits.time_limit)
    if files.is_file(".timelimit"):
        time_limit_ms = _seconds(files.read(".timelimit", 100).decode(errors="replace").strip(), ".timelimit")
    elif ini.time_limit is not None and time_limit_ms is None:
        time_limit_ms = _seconds(ini.time_limit, f"{INI}: timelimit")
    if ini.special and kind == "default":
        raise ProblemError(
            f"{INI}: {ini.special}",
            "names a program of a DOMjudge server: put it into output_validators/, with validation: custom",
        )
    return Metadata(
        version=version,
        title=_title(data.name, ini.name or files.name),
        scoring=scoring,
        interactive="interactive" in options,
        custom=kind == "custom",
        checker_scores="score" in options,
        fewer_is_better=data.grading.objective == "min",
        group_settings=data.grading.settings(),
        passes=_passes(data.limits, multi="multi-pass" in options),
        validator_flags=tuple((data.validator_flags or "").split()),
        languages=None,
        timing=Timing(time_limit_ms, data.limits.time_multiplier, data.limits.time_safety_margin),
        **limit_fields(data.limits, interactive="interactive" in options),
    )


def _from_modern(data: _Modern, version: str, name: str) -> Metadata:
    try:
        constants = parse_constants(data.constants or {})
    except ValueError as error:
        raise _WrongError("constants", str(error)) from None
    resolution_ms = _milliseconds(data.limits.time_resolution) or 1
    time_limit_ms = _milliseconds(data.limits.time_limit)
    if time_limit_ms is not None and time_limit_ms % resolution_ms:
        raise _WrongError(
            "limits.time_limit", f"is not a multiple of time_resolution ({data.limits.time_resolution:g} s)"
        )
    if len(data.languages) > 1 and "all" in data.languages:
        raise _WrongError("languages", "all cannot be combined with other languages")
    multipliers = data.limits.time_multipliers
    return Metadata(
        version=version,
        title=_title(data.name, name),
        scoring="scoring" in data.type,
        interactive="interactive" in data.type,
        custom=True if {"interactive", "multi-pass"} & set(data.type) else None,
        passes=_passes(data.limits, multi="multi-pass" in data.type),
        submits_answers="submit-answer" in data.type,
        checker_scores="scoring" in data.type,
        validator_flags=(),
        languages=None if data.languages == ("all",) else data.languages,
        timing=Timing(time_limit_ms, multipliers.ac_to_time_limit, multipliers.time_limit_to_tle, resolution_ms),
        constants=constants,
        **limit_fields(data.limits, interactive="interactive" in data.type),
    )


def _passes(limits: Limits, *, multi: bool) -> int:
    if limits.validation_passes is not None and not multi:
        raise _WrongError("limits.validation_passes", "is only for problems of type multi-pass")
    return (limits.validation_passes or _PASSES) if multi else 1


def _title(name: str | dict[str, str] | None, fallback: str) -> str:
    """Return the English name, or the first one where that is missing."""
    if isinstance(name, dict):
        return name.get("en") or next(iter(name.values()), fallback)
    return name or fallback


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else max(1, round(seconds * 1000))


def _seconds(text: str, where: str) -> int:
    if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", text, re.ASCII) or not 0 < float(text) <= TIME_MAX_S:
        raise ProblemError(where, f"must be a number of seconds up to {TIME_MAX_S}, not {text[:40]!r}")
    return max(1, round(float(text) * 1000))
