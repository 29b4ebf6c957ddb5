"""Limits as other systems ask for them, brought to what a language needs and the service allows."""

from typing import Final

from zuko.languages.table import Language
from zuko.settings import MIB, AdmissionSettings

_LEAST_MIB: Final = 32  # for the program, in addition to its runtime
_MANAGED_PROCESSES: Final = 32  # threads of a runtime


def memory_for(settings: AdmissionSettings, language: Language, asked_bytes: int) -> int:
    """Return the memory limit of a run that asks for one.

    Requests name the limits of systems that count other things: with 128 MB a JVM of ours would have next to no heap.

    Args:
        settings: the bounds.
        language: of the program.
        asked_bytes: as it was asked for.
    """
    least, most = settings.memory_bounds_bytes
    floor = max(least, (language.runtime_mib + _LEAST_MIB) * MIB)
    return min(max(asked_bytes, floor), max(most, floor))


def processes_for(settings: AdmissionSettings, language: Language, asked: int) -> int:
    """Return the limit of processes and threads of a run that asks for one; a runtime has threads of its own."""
    return min(max(asked, 1 if language.executes_artifact else _MANAGED_PROCESSES), settings.pids_limit)
