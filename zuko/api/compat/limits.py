"""Limits as other systems ask for them, brought to what a language needs and the service allows."""

from typing import Final

from zuko.languages.table import Language
from zuko.settings import AdmissionSettings

MIB: Final = 1 << 20
_LEAST_MIB: Final = 32  # for the program, in addition to its runtime


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
