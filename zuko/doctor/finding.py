"""A finding: what was seen of one part of a deployment."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a finding is meant."""

    OK = "ok"
    NOTE = "note"  # nothing is wrong; it could be otherwise
    WARNING = "warning"  # it works, and not as it should
    FAILURE = "failure"  # something does not work


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    check: str  # what was looked at
    level: Level
    found: str
    advice: str = ""  # what to do; "": nothing
