"""The owner of a container: a process, identified uniquely among all machines, and whether it has ended."""

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
    """Return an id of the pid namespace: two containers share the host's boot id, but not their pids."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return "unknown"


_STARTED: Final = 19  # index of the start time in the result of _process_stat
_ENDED: Final = frozenset("ZX")  # states of a process that has ended but was not reaped yet


def _process_stat(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat from the 3rd on (state, start time, see proc(5)); None: no such process.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def _start_ticks(pid: int) -> str | None:
    """Return when a process started, which tells a reused pid from the old process; None: no such process.

    Raises:
        OSError: the start time cannot be read.
    """
    stat = _process_stat(pid)
    return stat[_STARTED] if stat else None


def process_identity() -> str:
    """Return the identity of this process for a container's label: boot/pid namespace/pid/start."""
    return f"{_boot_id()}/{_pid_namespace()}/{os.getpid()}/{_start_ticks(os.getpid())}"


def owner_is_gone(owner: str) -> bool:
    """Return whether an owner was a process of this machine that has ended; False if that is not known."""
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
        return False  # the signal shows that it exists: /proc hides it (hidepid)
    return stat[0] in _ENDED or stat[_STARTED] != ticks
