"""The output of `docker build`, of the classic builder and of BuildKit, parsed. Pure."""

import re
from collections.abc import Iterable
from typing import Final

_CLASSIC: Final = re.compile(r"Step (\d+/\d+) : (.+)")
_BUILDKIT: Final = re.compile(r"#\d+ \[([^\]]*\d+/\d+)\] (.+)")
_NETWORK: Final = re.compile("failure resolving|could not resolve|unable to connect|could not connect", re.IGNORECASE)
_NOISE: Final = re.compile(r"^DEPRECATED: The legacy|Install the buildx|docs\.docker\.com/go/buildx|^\s*$")


def step_of(line: str) -> str | None:
    """Return the step that a line of a build's output begins: "3/38 RUN apt-get …"; None: it begins none."""
    found = _CLASSIC.match(line) or _BUILDKIT.match(line)
    return None if found is None else f"{found[1].strip()} {found[2].strip()}"


def has_no_network(lines: Iterable[str]) -> bool:
    """Return whether a build failed because it reached no mirror."""
    return any(_NETWORK.search(line) for line in lines)


def has_no_disk(lines: Iterable[str]) -> bool:
    """Return whether a build failed because the disk is full."""
    return any("no space left on device" in line for line in lines)


def last_lines(lines: Iterable[str], count: int) -> list[str]:
    """Return the last lines of a build's output, without the `docker` command's notes about itself."""
    return [line for line in lines if not _NOISE.search(line)][-count:]
