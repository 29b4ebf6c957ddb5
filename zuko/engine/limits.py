"""Limits that a Docker host must be able to put on containers. Pure.

An engine without the cgroups for them, such as a rootless one on cgroup version 1, makes containers all the same and
says nothing: a program then has all of the machine's memory, and its CPU time is that of everything there.
"""

from collections.abc import Mapping
from typing import Any, Final

_LIMITS: Final = {"MemoryLimit": "memory", "PidsLimit": "processes", "CpuCfsQuota": "CPU time"}


def missing_limits(info: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the engine cannot limit, from its `GET /info`; one that does not say so can."""
    return tuple(name for key, name in _LIMITS.items() if info.get(key) is False)


def refusal(missing: tuple[str, ...]) -> str:
    """Return why an engine that cannot limit something is not used."""
    return (
        f"the Docker host cannot limit {', '.join(missing)} of containers: its engine has no cgroups for that;"
        " a rootless one needs cgroup version 2 and systemd"
    )
