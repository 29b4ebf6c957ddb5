"""Nothing of a run is left for the next, or zuko-init reports it.

As in test_init.py the real binary runs under ASan and UBSan, as PID 1 of its own namespaces.
"""

import os
import subprocess
import time
from collections.abc import Callable

import psutil
import pytest

from tests.harness.supervisor import (
    DEVICES,
    GID,
    TIMEOUT_S,
    UID,
    WRITABLE,
    Supervisor,
    facts,
    needs_root,
)
from zuko.types import SourceFile

NOTHING_LEFT = {
    **dict.fromkeys(WRITABLE, "0"),
    **dict.fromkeys(("/proc/sysvipc/shm", "/proc/sysvipc/sem", "/proc/sysvipc/msg", "others"), "0"),
}


@pytest.mark.parametrize("place", ["/mnt/workspace", "/dev/shm"])
@pytest.mark.parametrize(
    "deed",
    [("deep", "8000"), ("many", "5000"), ("full",), ("odd",)],
    ids=["8000 levels without any right", "5000 side by side", "full", "every kind of file"],
)
def test_files_do_not_outlive_a_run(init: Supervisor, place: str, deed: tuple[str, ...]) -> None:
    """Whatever its shape, it is gone in the time of a run, the room is free again, and the audit agrees."""
    command, *arguments = deed
    started = time.monotonic()
    result = init.run(command, place, *arguments)
    assert result.exit_code == 0, result
    assert time.monotonic() - started < 10
    assert facts(init.lines("left", *WRITABLE)) == NOTHING_LEFT
    assert init.run(command, place, *arguments).exit_code == 0


def test_names_that_stand_in_the_way_of_the_reset_are_no_way_to_stay(init: Supervisor) -> None:
    """Each of the fresh names that it first moves directories to is taken, by a directory that is not empty."""
    script = "for n in 0 1 2 3 4 5 6 7 8 9; do mkdir -p .zuko-$n/middle/bottom; done"
    assert init.run("/bin/sh", "-c", script).exit_code == 0
    assert facts(init.lines("left", *WRITABLE)) == NOTHING_LEFT


def test_ipc_objects_do_not_outlive_a_run(init: Supervisor) -> None:
    """SysV memory (also attached), semaphores and queues, POSIX queues and memory; more than fit one read of /proc."""
    for _ in range(2):
        result = init.run("ipc", "200")
        assert result.exit_code == 0, result
        assert facts(init.lines("left", *WRITABLE)) == NOTHING_LEFT


def test_a_submitted_file_does_not_outlive_its_run(init: Supervisor) -> None:
    file = SourceFile("main.py", b"x", 0o400)
    for _ in range(3):
        assert init.run("exit", "0", files=(file,)).exit_code == 0


@needs_root
@pytest.mark.parametrize("change", ["chmod 0 .", "chmod 700 /dev/shm", "mv /tmp /tmp2", "rmdir /dev/shm"])
def test_the_writable_places_themselves_are_not_the_programs(direct: Supervisor, change: str) -> None:
    assert direct.run("/bin/sh", "-c", change).exit_code == 1
    assert facts(direct.lines("left", *WRITABLE)) == NOTHING_LEFT


def test_the_times_of_a_directory_show_nothing_of_the_last_run(init: Supervisor) -> None:
    """The time at which a program last changed a directory would be a message to the next, even if no file is left."""
    moment = "stat -c %.9Y /mnt/workspace"
    (left,) = init.lines("/bin/sh", "-c", f"touch file; rm file; {moment}; sleep 0.05")
    (found,) = init.lines("/bin/sh", "-c", moment)
    assert float(found) > float(left)


SHARED = "/dev /dev/pts /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /dev/ptmx /dev/pts/ptmx"


@needs_root
@pytest.mark.parametrize("boxes", [False, True], ids=["container", "namespaces"])
def test_the_times_of_what_all_programs_share_show_nothing_of_the_last_run(boxes: bool) -> None:
    """Any program may set the times of a device that it can write to, and its listing a directory shows, too."""
    moment = f"stat -L -c '%.9X %.9Y %.9Z' {SHARED}"
    with Supervisor(setup=DEVICES, boxes=boxes) as init:
        init.hello()
        deed = f"ls {SHARED} >&2; touch {SHARED} 2>/dev/null; sleep 0.05"
        first = init.run("/bin/sh", "-c", f"{moment}; {deed}; {moment}").stdout.split()
        before, left = first[: len(first) // 2], first[len(first) // 2 :]
        found = init.run("/bin/sh", "-c", moment).stdout.split()
        assert len(found) == 3 * len(SHARED.split())
        if boxes:
            assert found == left == before
        else:
            pairs = zip(found, left, before, strict=True)
            assert [moment for moment, made, first in pairs if moment == made != first] == []


def test_devices_work(init: Supervisor) -> None:
    """Also where they cannot be changed: pseudo-terminals too."""
    script = (
        "echo x >/dev/null; head -c 3 /dev/zero | wc -c; head -c 3 /dev/urandom | wc -c; echo >/dev/full || echo full"
    )
    assert init.run("/bin/sh", "-c", script).stdout == b"3\n3\nfull\n"
    assert b"terminal" in init.run("/usr/bin/script", "-qc", "test -t 1 && echo terminal", "/dev/null").stdout


READ_ONLY = """
mkdir /mnt/kept
mount -t tmpfs tmpfs /mnt/kept
touch /mnt/kept/file
mount -o remount,ro /mnt/kept
"""


def test_what_cannot_be_emptied_ends_the_sandbox() -> None:
    """At once, and with the run's own result: the sandbox is in doubt, the measurement is not."""
    with Supervisor(setup=READ_ONLY, args=("--writable", "/mnt/kept")) as init:
        init.hello()
        started = time.monotonic()
        init.start("exit", "3")
        result = init.result()
        assert (result.exit_code, result.reusable) == (3, False)
        assert init.error() == "audit: a writable place cannot be emptied"
        assert time.monotonic() - started < 2


def put_file(init: Supervisor) -> None:
    init.path("/mnt/workspace/foreign").touch()


def put_tree(init: Supervisor) -> None:
    init.path("/mnt/workspace/foreign/dir").mkdir(parents=True)
    init.path("/mnt/workspace/foreign/file").touch()


def put_segment(init: Supervisor) -> None:
    assert init.inside("ipcmk", "--shmem", "8192").wait(TIMEOUT_S) == 0


def lower_limit(init: Supervisor) -> None:
    as_its_user = ("setpriv", "--reuid", str(UID), "--regid", str(GID), "--clear-groups")
    assert init.inside(*as_its_user, "prlimit", "--pid", "1", "--nofile=100:100").wait(TIMEOUT_S) == 0


def raise_niceness(init: Supervisor) -> None:
    init.outside().nice(5)


def change_io_priority(init: Supervisor) -> None:
    init.outside().ionice(psutil.IOPRIO_CLASS_BE, 7)


def change_policy(init: Supervisor) -> None:
    os.sched_setscheduler(init.outside().pid, os.SCHED_BATCH, os.sched_param(0))


def take_cores(init: Supervisor) -> None:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("one core: there is none to take")
    os.sched_setaffinity(init.outside().pid, {min(os.sched_getaffinity(0))})


@needs_root
@pytest.mark.parametrize(
    ("interfere", "reason"),
    [
        (put_file, "a writable place cannot be emptied"),
        (put_tree, "a writable place cannot be emptied"),
        (put_segment, "an IPC object cannot be removed"),
        (lower_limit, "the supervisor's limits have changed"),
        (raise_niceness, "the supervisor's priority has changed"),
        (change_io_priority, "the supervisor's priority has changed"),
        (change_policy, "the supervisor's priority has changed"),
        (take_cores, "the supervisor's cores have changed"),
    ],
)
def test_the_audit_finds(direct: Supervisor, interfere: Callable[[Supervisor], None], reason: str) -> None:
    """Whatever is not as in a fresh sandbox, also where no program could have done it: root does, from outside."""
    interfere(direct)
    started = time.monotonic()
    direct.start("exit", "0")
    result = direct.result()
    assert (result.exit_code, result.reusable) == (0, False)
    assert direct.error() == f"audit: {reason}"
    assert time.monotonic() - started < 2


@needs_root
@pytest.mark.parametrize("content", [b"", b"x"], ids=["empty", "one byte"])
def test_the_audit_finds_a_file_without_a_name(direct: Supervisor, content: bytes) -> None:
    """A file without a name is in no directory: only the room that it takes shows it."""
    path = direct.path("/mnt/workspace/foreign")
    with path.open("wb") as held:
        held.write(content)
        held.flush()
        path.unlink()
        direct.start("exit", "0")
        assert not direct.result().reusable
        assert direct.error() == "audit: a writable place is not empty"


@needs_root
def test_the_audit_finds_a_process(direct: Supervisor) -> None:
    """One that is not the program's to kill: it is root's."""
    intruder = direct.inside("sh", "-c", "echo; exec sleep 60", stdout=subprocess.PIPE)
    try:
        assert intruder.stdout
        intruder.stdout.readline()
        direct.start("exit", "0")
        assert not direct.result().reusable
        assert direct.error() == "audit: a process is left"
    finally:
        intruder.kill()
        intruder.communicate()
