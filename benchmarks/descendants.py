"""Processes that a benchmark starts end with it, also where it is killed and leaves none of its blocks.

    the process that was started ── forwards signals, ends with the exit code
        └── keeper ── adopts what the benchmark leaves, and ends it; in a session of its own: no group's signal hits it
                └── the benchmark ── servers, workers, databases, clients, and what these start

The keeper is a subreaper: each process that has lost its parent becomes its child, in whatever session it is. The
kernel tells it when the process that was started has ended, and the benchmark when the keeper has.
"""

import contextlib
import ctypes
import os
import signal
import time
from pathlib import Path
from typing import Final

GRACE_S: Final = 5.0  # for what is left, from SIGTERM to SIGKILL; a server needs 0.2 s to end its sandboxes
_FORWARDED: Final = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36  # prctl(2)


def end_with_this_process() -> None:
    """Have everything that is started from now on end with this process. Call it while there is one thread.

    It returns in another process, the benchmark itself, which gets SIGTERM when the process that was started is killed.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _FORWARDED | {signal.SIGCHLD})
    started = os.getpid()
    if (keeper := os.fork()) != 0:
        os._exit(_wait(keeper))
    os.setsid()
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    _end_after(started)
    own = os.getpid()
    if (benchmark := os.fork()) != 0:
        code = _wait(benchmark)
        _end_children()
        os._exit(code)
    _end_after(own)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _wait(child: int) -> int:
    """Wait for the end of a child, forward signals to it, and reap all others; return its exit code, as shells do."""
    while True:
        number = signal.sigwait(_FORWARDED | {signal.SIGCHLD})
        if number != signal.SIGCHLD:
            os.kill(child, number)
        for pid, status in _reaped():
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code


def _reaped() -> list[tuple[int, int]]:
    """Return the ids and wait statuses of the children that have ended."""
    found = []
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG)) != (0, 0):
            found.append(ended)
    return found


def _end_children() -> None:
    """End all children, and those that these leave; in order, if they do so within `GRACE_S`."""
    deadline = time.monotonic() + GRACE_S
    asked = set[int]()
    while children := _children():
        late = time.monotonic() > deadline
        for child in children if late else children - asked:
            os.kill(child, signal.SIGKILL if late else signal.SIGTERM)  # it is ours, and not yet reaped
        asked |= children
        signal.sigtimedwait({signal.SIGCHLD}, 0.1)
        _reaped()


def _children() -> set[int]:
    return {int(pid) for pid in Path("/proc/thread-self/children").read_text().split()}


def _end_after(parent: int) -> None:
    """Have the kernel send SIGTERM to this process when its parent has ended; end if it has already."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
