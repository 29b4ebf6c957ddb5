"""Information that a Docker host gives about itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zuko.engine.limits import missing_limits


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """Version and size of a Docker host, as it reports them."""

    version: str
    cores: int


@dataclass(frozen=True, slots=True)
class EngineReport:
    """Everything about a Docker host that its operator may want to know."""

    version: str
    cores: int
    system: str  # its operating system
    cgroup_version: str
    cgroup_driver: str
    has_apparmor: bool
    directory: str  # where it keeps images, on its own disk
    time: float | None  # by its clock, s since the epoch; None: it does not say
    missing_limits: tuple[str, ...] = ()  # what it cannot limit


def info_of(info: Mapping[str, Any]) -> EngineInfo:
    """Return version and size, from the engine's `GET /info`."""
    return EngineInfo(str(info["ServerVersion"]), int(info["NCPU"]))


def report_of(info: Mapping[str, Any]) -> EngineReport:
    """Return everything, from the engine's `GET /info`."""
    return EngineReport(
        version=str(info["ServerVersion"]),
        cores=int(info["NCPU"]),
        system=f"{info.get('OperatingSystem', 'unknown')}, {info.get('KernelVersion', 'unknown')}",
        cgroup_version=str(info.get("CgroupVersion", "unknown")),
        cgroup_driver=str(info.get("CgroupDriver", "unknown")),
        has_apparmor=any("apparmor" in each for each in info.get("SecurityOptions") or ()),
        directory=str(info.get("DockerRootDir", "")),
        time=_time_of(str(info.get("SystemTime", ""))),
        missing_limits=missing_limits(info),
    )


def _time_of(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None
