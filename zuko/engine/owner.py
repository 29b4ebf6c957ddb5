"""Whose a container is: a process, told apart from any other on any machine, and whether it has ended."""

import os
import socket
from typing import Final


def _boot_id() -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return socket.gethostname()


def _pid_namespace() -> str:
    """Which processes a pid speaks of: services in two containers share a boot, and not their pids."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return "unknown"


_STARTED: Final = 19  # the start's place in what _process_stat returns
_ENDED: Final = frozenset("ZX")  # its states of a process that nobody has waited for yet


def _process_stat(pid: int) -> list[str] | None:
    """A process's state, when it started, and the like: proc(5), from field 3 on. None: there is none.

    Raises:
        OSError: it cannot be told.
    """
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def _start_ticks(pid: int) -> str | None:
    """When a process started, so that a reused pid is not taken for it. None: there is none.

    Raises:
        OSError: it cannot be told.
    """
    stat = _process_stat(pid)
    return stat[_STARTED] if stat else None


def process_identity() -> str:
    """This process: boot/pid namespace/pid/start, as a container's label has it."""
    return f"{_boot_id()}/{_pid_namespace()}/{os.getpid()}/{_start_ticks(os.getpid())}"


def owner_is_gone(owner: str) -> bool:
    """Whether an owner was a process of this machine that has ended. False where that cannot be told."""
    boot, namespace, pid, ticks = ([*owner.split("/"), "", "", ""])[:4]
    if boot != _boot_id() or namespace != _pid_namespace() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        pass
    try:
        stat = _process_stat(int(pid))
    except OSError:
        return False
    if stat is None:
        return False  # hidden (hidepid) is not gone: the signal says so
    return stat[0] in _ENDED or stat[_STARTED] != ticks
