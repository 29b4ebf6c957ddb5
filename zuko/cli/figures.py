"""Figures for people. An unknown one is a dash, never 0."""

import os
from datetime import timedelta
from typing import Final, TextIO

MIB: Final = 1 << 20
UNKNOWN: Final = "-"


def seconds(time_ns: int | None) -> str:
    """Return a time: "0.013 s"."""
    return UNKNOWN if time_ns is None else f"{time_ns / 1e9:.3f} s"


def mebibytes(size_bytes: int | None) -> str:
    """Return a size of memory: "8.5 MiB"."""
    return UNKNOWN if size_bytes is None else f"{size_bytes / MIB:.1f} MiB"


def age_text(age: timedelta) -> str:
    """Return an age as people say it: "3 days"."""
    seconds = max(age.total_seconds(), 0)
    for name, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {name}{'s' if count > 1 else ''}"
    return f"{int(seconds)} s"


def points(value: float | None) -> str:
    """Return points without trailing zeros: "30", "12.5"."""
    return UNKNOWN if value is None else f"{value:.10g}"


def has_colours(stream: TextIO) -> bool:
    """Return whether to use colours: the stream is a terminal with colours, and NO_COLOR is not set (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
