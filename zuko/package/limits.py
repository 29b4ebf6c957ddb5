"""The limits of problem.yaml, in both formats."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from zuko.package.document import Document, Values
from zuko.problem import MIB

# Our values where the format says "system default". Memory is that of a sandbox, not the format's typical 2048.
DEFAULT_MEMORY_MIB: Final = 1024
DEFAULT_OUTPUT_MIB: Final = 8
DEFAULT_CODE_KIB: Final = 128
DEFAULT_VALIDATION_TIME_S: Final = 60
DEFAULT_VALIDATION_MEMORY_MIB: Final = 1024
DEFAULT_VALIDATION_OUTPUT_MIB: Final = 8
COMPILATION_MEMORY_MIN_MIB: Final = 16  # no compiler works with less, and engines refuse very small containers
MEMORY_MAX_MIB: Final = 1 << 20  # a terabyte: more is a mistake
OUTPUT_MAX_MIB: Final = 64  # the most that a sandbox sends
TIME_MAX_S: Final = 3600
PASSES_MAX: Final = 1000

_Positive = Annotated[int, Field(gt=0, le=MEMORY_MAX_MIB)]
_Output = Annotated[int, Field(gt=0, le=MEMORY_MAX_MIB)]  # more than `OUTPUT_MAX_MIB` is noted
_Seconds = Annotated[float, Field(gt=0, le=TIME_MAX_S)]
_WholeSeconds = Annotated[int, Field(gt=0, le=TIME_MAX_S)]
_AtLeastOne = Annotated[float, Field(ge=1, le=1000)]


class Limits(Document):
    """Limits that both formats have."""

    elsewhere: ClassVar[Mapping[str, str]] = {"timelimit": "limits.time_limit"}

    memory: _Positive = DEFAULT_MEMORY_MIB
    output: _Output = DEFAULT_OUTPUT_MIB
    code: _Positive = DEFAULT_CODE_KIB
    compilation_time: _WholeSeconds | None = None
    compilation_memory: Annotated[int, Field(ge=COMPILATION_MEMORY_MIN_MIB, le=MEMORY_MAX_MIB)] | None = None
    validation_time: _WholeSeconds = DEFAULT_VALIDATION_TIME_S
    validation_memory: _Positive = DEFAULT_VALIDATION_MEMORY_MIB
    validation_output: _Output | None = None
    time_limit: _Seconds | None = None  # not in the legacy specification, but in many legacy packages
    validation_passes: Annotated[int, Field(ge=1, le=PASSES_MAX)] | None = None  # DOMjudge has it for legacy packages


class LegacyLimits(Limits):
    """Limits of the legacy format."""

    harmless: ClassVar[frozenset[str]] = frozenset(("time_multipliers", "time_resolution"))  # of 2025-09

    time_multiplier: _AtLeastOne = 5
    time_safety_margin: _AtLeastOne = 2


class _Multipliers(Document):
    ac_to_time_limit: _AtLeastOne = 2.0
    time_limit_to_tle: _AtLeastOne = 1.5


class ModernLimits(Limits):
    """Limits of 2023-07 and 2025-09."""

    time_multipliers: _Multipliers = _Multipliers()
    time_resolution: Annotated[float, Field(ge=0.001, le=TIME_MAX_S)] = 1.0


def note_outputs(values: Values, limits: Limits, notes: list[str]) -> None:
    """Note limits of outputs that are higher than what a sandbox sends."""
    for key in ("output", "validation_output"):
        if (getattr(limits, key) or 0) > OUTPUT_MAX_MIB:
            place = values.place(("limits", key))
            notes.append(f"{place}: limits.{key}: is {OUTPUT_MAX_MIB} MiB here, the most that a sandbox sends")


def limit_fields(limits: Limits, *, interactive: bool) -> dict[str, Any]:
    """Return the fields of `Metadata` that limits give."""
    # What an interactor says to the submission is its output, too.
    output_mib = OUTPUT_MAX_MIB if interactive else DEFAULT_VALIDATION_OUTPUT_MIB
    return {
        "memory_bytes": limits.memory * MIB,
        "output_bytes": min(limits.output, OUTPUT_MAX_MIB) * MIB,
        "wants_more_output": limits.output > OUTPUT_MAX_MIB,
        "code_bytes": limits.code * 1024,
        "compilation_time_ms": _times(limits.compilation_time, 1000),
        "compilation_memory_bytes": _times(limits.compilation_memory, MIB),
        "validation_time_ms": limits.validation_time * 1000,
        "validation_memory_bytes": limits.validation_memory * MIB,
        "validation_output_bytes": min(limits.validation_output or output_mib, OUTPUT_MAX_MIB) * MIB,
    }


def _times(value: int | None, unit: int) -> int | None:
    return None if value is None else value * unit
