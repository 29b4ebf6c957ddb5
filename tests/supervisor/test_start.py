"""How zuko-init starts: what it refuses, and what it takes."""

import shlex
import subprocess

import pytest

from tests.harness.supervisor import (
    TIMEOUT_S,
    UID,
    Supervisor,
    build,
    facts,
    needs_root,
)
from zuko.types import CpuSource, FilterMode, Hello


def test_hello() -> None:
    """It says who it runs programs as, and what it can measure; it says so before it is asked."""
    with Supervisor() as fresh:
        assert fresh.hello() == Hello(CpuSource.RUSAGE, FilterMode.NOTIFY, counts_oom_kills=False, uid=UID)


def test_refuses_to_be_anything_but_pid_1() -> None:
    """Anywhere else its kill(-1) would end every process of the user."""
    direct = subprocess.run(
        [build() / "zuko-init-sanitized"], stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=TIMEOUT_S
    )
    assert direct.stdout[:1] == b"E"
    assert direct.stdout[5:].startswith(b"not PID 1:")
    assert direct.returncode == 1


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (("--idle-seconds", "0"), "bad argument --idle-seconds"),
        (("--idle-seconds", "x"), "bad argument --idle-seconds"),
        (("--idle-seconds", "2147484"), "bad argument --idle-seconds"),
        (("--nonsense", "1"), "bad argument --nonsense"),
        (("--workspace",), "argument --workspace has no value"),
        (("--workspace", "/nowhere"), "open /nowhere: No such file or directory"),
        (("--workspace", "/proc/version"), "open /proc/version: Not a directory"),
        (("--writable", "/proc/version"), "a writable place cannot be opened: Not a directory"),
        (("--writable", "/tmp") * 5, "bad argument --writable"),
    ],
    ids=" ".join,
)
def test_a_wrong_start_says_why(args: tuple[str, ...], reason: str) -> None:
    """Instead of a hello there is an error frame, and exit status 1."""
    with Supervisor(args=args) as supervisor:
        assert supervisor.error() == reason


@pytest.mark.parametrize(
    ("setup", "place"),
    [
        ("mkdir /mnt/more; mount -t tmpfs -o mode=1777 tmpfs /mnt/more", "/mnt/more"),
        ("mkdir '/mnt/a b'; mount -t tmpfs -o mode=777 tmpfs '/mnt/a b'", "/mnt/a b"),
        ("touch /mnt/file; chmod 666 /mnt/file; mount --bind /mnt/file /mnt/file", "/mnt/file"),
        ("mkfifo -m 666 /mnt/fifo; mount --bind /mnt/fifo /mnt/fifo", "/mnt/fifo"),
        ("mkdir '/mnt/\\134 \\\\040'; mount -t tmpfs -o mode=777 tmpfs '/mnt/\\134 \\\\040'", "/mnt/\\134 \\\\040"),
        ("mkdir /mnt/workspace/in; mount -t tmpfs -o mode=777 tmpfs /mnt/workspace/in", "/mnt/workspace/in"),
        (
            "for n in $(seq 100); do mkdir -m 777 /mnt/$n; mount --bind -o ro /mnt/$n /mnt/$n; done;"
            " mkdir -m 777 /mnt/last; mount --bind /mnt/last /mnt/last",
            "/mnt/last",
        ),
    ],
    ids=["directory", "space", "file", "fifo", "backslashes", "within", "last of many"],
)
def test_a_mount_that_would_not_be_emptied_is_refused(setup: str, place: str) -> None:
    """On cgroup v1 crun makes such a mount even with a read-only root: /sys/fs/cgroup, writable for all."""
    with Supervisor(setup=setup) as supervisor:
        assert supervisor.error() == f"{place} can be written to, and would not be emptied"


@needs_root
def test_a_mount_that_a_program_owns_is_refused() -> None:
    """Its mode is the owner's to change."""
    with Supervisor(setup=f"mkdir /mnt/own; mount -t tmpfs -o mode=555,uid={UID} tmpfs /mnt/own") as supervisor:
        assert supervisor.error() == "/mnt/own can be written to, and would not be emptied"


def test_a_mount_whose_path_is_too_long_is_refused() -> None:
    """Though no program could open it: what cannot be looked at is not taken for good."""
    nest = """
cd /mnt
name=$(printf "%0200d" 0)
for n in {1..21}; do mkdir $name; cd $name; done
mount --no-canonicalize -t tmpfs -o mode=777 tmpfs .
"""
    setup = f"bash -c {shlex.quote(nest)}"
    with Supervisor(setup=setup) as supervisor:
        assert supervisor.error() == "a mount with an overlong path can be written to, and would not be emptied"


def test_a_long_path_that_is_written_even_longer_is_read() -> None:
    """Six names of 200 blanks, each written as four characters."""
    setup = """
cd /mnt
for n in 1 2 3 4 5 6; do mkdir "$(printf '%200s' '')"; cd "$(printf '%200s' '')"; done
mount -t tmpfs -o mode=777 tmpfs .
cd /
"""
    with Supervisor(setup=setup) as supervisor:
        assert supervisor.error() == f"{('/mnt/' + ' ' * 200)[:100]} can be written to, and would not be emptied"


@pytest.mark.parametrize(
    "setup",
    [
        "mkdir /mnt/more; mount -t tmpfs -o mode=755 tmpfs /mnt/more",
        "mkdir /mnt/more; mount -t tmpfs -o mode=777,ro tmpfs /mnt/more",
        "touch /mnt/null; mount --bind /dev/null /mnt/null",
    ],
    ids=["not for programs", "read-only", "device"],
)
def test_a_mount_that_keeps_nothing_of_a_program_s_is_none(setup: str) -> None:
    with Supervisor(setup=setup) as supervisor:
        supervisor.hello()


def test_a_writable_place_that_the_runtime_does_not_have_is_done_without() -> None:
    """gVisor has no /dev/mqueue; the places after it are emptied like those before."""
    late = "mkdir -m 1777 /mnt/late; mount -t tmpfs -o mode=1777 tmpfs /mnt/late"
    with Supervisor(setup=late, args=("--writable", "/nowhere", "--writable", "/mnt/late")) as init:
        init.hello()
        assert init.run("/bin/sh", "-c", "echo >/mnt/late/file").exit_code == 0
        assert facts(init.lines("left", "/mnt/late"))["/mnt/late"] == "0"


def test_an_idle_supervisor_takes_less_than_a_mebibyte() -> None:
    """Its memory is the floor of every peak RSS that it measures; a run that printed much gives its pages back."""
    with Supervisor(binary="zuko-init") as supervisor:
        supervisor.hello()
        assert supervisor.outside().memory_info().rss < 1 << 20
        supervisor.run("write", str(8 << 20), str(8 << 20), stdout=8 << 20, stderr=8 << 20, stdin=bytes(8 << 20))
        assert supervisor.outside().memory_info().rss < 1 << 20
