"""Other services and workers on a Docker host: they announce themselves, and are found, by labels of containers.

A sandbox ends with its owner, also when that is killed. So the labels of those that run are an up-to-date list of the
owners, wherever these are, without a lock that could be left behind.
"""

import os
import socket
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from zuko.engine.owner import owner_is_gone

SLOTS_LABEL: Final = "zuko.pool.slots"  # runs at a time, their cores, start, process, host


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another process with runs of its own on the Docker host."""

    owner: str
    slots: int  # runs that it has at a time
    started_at: float  # by its own clock, s since the epoch
    pid: int
    host: str  # name of its machine
    cores: tuple[int, ...] = ()  # that its runs are kept on; empty: any

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, {self.slots} at a time"


def announcement(slots: Sequence[int | None], started_at: float) -> str:
    """Return this process's value of the label; `slots` has the core of each run, None for any."""
    cores = ",".join(str(core) for core in slots if core is not None)
    return f"{len(slots)} {cores or '-'} {started_at:.6f} {os.getpid()} {socket.gethostname()}"


def free_cores(cores: int, others: Iterable[Neighbour]) -> list[int]:
    """Return the cores of the Docker host, those that the fewest of the others use first."""
    used = Counter(core for each in others for core in each.cores)
    return sorted(range(cores), key=lambda core: (used[core], core))


def neighbours(containers: Iterable[Mapping[str, Any]], *, owner_label: str, own: str) -> list[Neighbour]:
    """Return the other owners of running containers, in the order of their start.

    Args:
        containers: as the engine lists them.
        owner_label: the label with the owner of each.
        own: this process's.
    """
    found: dict[str, Neighbour] = {}
    for container in containers:
        labels = container["Labels"]
        owner, value = labels.get(owner_label, ""), labels.get(SLOTS_LABEL, "")
        if container["State"] != "running" or owner in {"", own} or not value:
            continue
        slots, used, started_at, pid, host = ([*value.split(" ", 4), "", "", "", ""])[:5]
        try:
            cores = () if used == "-" else tuple(map(int, used.split(",")))
            found[owner] = Neighbour(owner, int(slots), float(started_at), int(pid), host, cores)
        except ValueError:  # of a later version
            continue
    alive = (each for each in found.values() if not owner_is_gone(each.owner))
    return sorted(alive, key=lambda each: (each.started_at, each.owner))
