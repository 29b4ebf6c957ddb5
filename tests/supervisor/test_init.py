"""zuko-init alone, without Docker: the real binary under ASan and UBSan, as PID 1 of its own namespaces.

What a program does there it does through docker/init/tests/probe.c. What needs a container (memory limits, the engine's
settings, Python) is in test_sandbox.py and test_programs.py.
"""

import contextlib
import fcntl
import os
import random
import shlex
import struct
import subprocess
import time

import psutil
import pytest

from tests.harness.supervisor import (
    GID,
    MS,
    PROBE,
    TIMEOUT_S,
    UID,
    Ended,
    Supervisor,
    build,
    cgroup,
    cgroup_setup,
    end_of,
    facts,
    needs_root,
)
from tests.supervisor.test_protocol import GOLDEN, MALFORMED, REQUESTS, golden
from zuko.sandbox import protocol
from zuko.sandbox.protocol import FrameType
from zuko.types import CpuSource, FilterMode, Hello, Outcome, SourceFile

# --- start -----------------------------------------------------------------------------------------------------------


def test_hello(init: Supervisor) -> None:
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
    """As crun makes one on cgroup v1, with a read-only root too: /sys/fs/cgroup, for all to write to."""
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


# --- how a run ends --------------------------------------------------------------------------------------------------


def test_every_exit_code(init: Supervisor) -> None:
    ends = [end_of(init.run("exit", str(code))) for code in range(256)]
    assert ends == [(Outcome.EXITED, code, None) for code in range(256)]


def test_every_fatal_signal(init: Supervisor) -> None:
    """All whose default is to end the process, see signal(7); 32 and 33 are real-time signals like the rest."""
    harmless = {17, 18, 19, 20, 21, 22, 23, 28}  # CHLD, CONT, STOP, TSTP, TTIN, TTOU, URG, WINCH
    numbers = [number for number in range(1, 65) if number not in harmless]
    ends = [end_of(init.run("signal", str(number))) for number in numbers]
    assert ends == [(Outcome.SIGNALLED, None, number) for number in numbers]


def test_wall_time_limit_keeps_what_was_written(init: Supervisor) -> None:
    started = time.monotonic()
    result = init.run("hang", "to stdout", "to stderr", wall_ms=200)
    assert end_of(result) == (Outcome.WALL_TIME, None, 9)
    assert (result.stdout, result.stderr) == (b"to stdout", b"to stderr")
    assert not result.stdout_truncated
    assert 200 * MS <= result.usage.wall_time_ns < 5000 * MS
    assert time.monotonic() - started < 5


def test_wall_time_limit_of_a_stopped_program(init: Supervisor) -> None:
    """SIGSTOP, of itself and of a child, is no way to outlive it."""
    assert end_of(init.run("stopped", wall_ms=200)) == (Outcome.WALL_TIME, None, 9)
    assert facts(init.lines("left"))["others"] == "0"


@pytest.mark.parametrize("version", [1, 2])
def test_cpu_time_limit(version: int) -> None:
    """Counted by the cgroup: a program that waits does not come near it, a child's CPU time is as good as its own."""
    with (
        cgroup(version) as (group, root),
        Supervisor(cgroup=group, cgroup_root=root, setup=cgroup_setup(version, group)) as init,
    ):
        assert init.hello().cpu_source.cgroup_version == version
        result = init.run("hang", "", "", wall_ms=300, cpu_ms=100)
        assert result.outcome is Outcome.WALL_TIME
        assert result.usage.cpu_time_ns is not None
        assert result.usage.cpu_time_ns < 100 * MS
        for program in (("spin", "0"), ("children", "ignore", "0"), ("children", "orphan", "0")):
            result = init.run(*program, cpu_ms=100)
            assert end_of(result) == (Outcome.CPU_TIME, None, 9)
            assert result.usage.cpu_time_ns is not None
            assert 100 * MS <= result.usage.cpu_time_ns < 1000 * MS
        assert init.run("spin", "20", cpu_ms=1000).outcome is Outcome.EXITED


def test_cpu_time_limit_without_a_cgroup(init: Supervisor) -> None:
    """The main process and what PID 1 reaped: a limit that cannot be kept to the letter is not forgotten."""
    assert init.run("hang", "", "", wall_ms=300, cpu_ms=100).outcome is Outcome.WALL_TIME
    orphans = f"{PROBE} children orphan 60 & {PROBE} children orphan 60 & exec {PROBE} hang '' ''"
    for argv in (("spin", "0"), ("/bin/sh", "-c", orphans)):
        result = init.run(*argv, cpu_ms=100)
        assert end_of(result) == (Outcome.CPU_TIME, None, 9)
        assert result.usage.cpu_time_ns is not None
        assert 100 * MS <= result.usage.cpu_time_ns < 1000 * MS


LIMIT = 100_000  # more than a pipe holds


@pytest.mark.parametrize("written", [(LIMIT, 0), (0, LIMIT), (LIMIT, LIMIT), (0, 0)], ids=str)
def test_output_that_just_fits(init: Supervisor, written: tuple[int, int]) -> None:
    result = init.run("write", *map(str, written), stdout=LIMIT, stderr=LIMIT)
    assert end_of(result) == (Outcome.EXITED, 0, None)
    assert (result.stdout, result.stderr) == (b"x" * written[0], b"x" * written[1])
    assert not result.stdout_truncated
    assert not result.stderr_truncated


@pytest.mark.parametrize("limit", [0, 1, LIMIT])
def test_one_byte_of_output_too_many(init: Supervisor, limit: int) -> None:
    """It ends the run, what fits is kept, and which of the two was cut is told."""
    result = init.run("write", str(limit + 1), "0", stdout=limit)
    assert result.outcome is Outcome.OUTPUT
    assert result.stdout == b"x" * limit
    assert (result.stdout_truncated, result.stderr_truncated) == (True, False)
    result = init.run("write", str(limit), str(limit + 1), stdout=limit, stderr=limit)
    assert result.outcome is Outcome.OUTPUT
    assert (result.stdout, result.stderr) == (b"x" * limit, b"x" * limit)
    assert (result.stdout_truncated, result.stderr_truncated) == (False, True)
    assert end_of(init.run("exit", "0")) == (Outcome.EXITED, 0, None)  # nothing of it is left in the next


def test_too_much_output_of_one_that_ended_is_told_all_the_same(init: Supervisor) -> None:
    """The byte too many may still be in the pipe when the program has gone: the exit code is kept, the cause is not."""
    for _ in range(20):
        result = init.run("write", "11", "0", stdout=10)
        assert (result.outcome, result.stdout, result.stdout_truncated) == (Outcome.OUTPUT, b"x" * 10, True)
        assert (result.exit_code, result.signal) in {(0, None), (None, 9)}


def test_a_flood_ends_at_the_limit(init: Supervisor) -> None:
    started = time.monotonic()
    result = init.run("flood", stdout=4 << 20)
    assert end_of(result) == (Outcome.OUTPUT, None, 9)
    assert len(result.stdout) == 4 << 20
    assert time.monotonic() - started < 5


def test_flush_signal_lets_a_runtime_write_out_its_buffers(init: Supervisor) -> None:
    """The cause remains the limit, whatever the runtime makes of the signal."""
    result = init.run("flush", "exits", wall_ms=200, flush_signal=64)
    assert end_of(result) == (Outcome.WALL_TIME, None, 9)
    assert result.stdout == b"before flushed"
    assert result.usage.wall_time_ns < 5000 * MS


def test_flush_signal_gives_50_ms_and_no_more(init: Supervisor) -> None:
    started = time.monotonic()
    result = init.run("flush", "stays", wall_ms=200, flush_signal=64)
    assert end_of(result) == (Outcome.WALL_TIME, None, 9)
    assert result.stdout == b"before no"
    assert 0.25 <= time.monotonic() - started < 5


def test_no_flush_signal_no_grace(init: Supervisor) -> None:
    assert init.run("flush", "exits", wall_ms=200).stdout == b"before "


def test_output_limit_holds_during_the_grace(init: Supervisor) -> None:
    result = init.run("flush", "exits", wall_ms=200, flush_signal=64, stdout=len("before flu"))
    assert (result.outcome, result.stdout, result.stdout_truncated) == (Outcome.WALL_TIME, b"before flu", True)


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/nowhere/program", "execve: No such file or directory"),
        ("/mnt/workspace", "execve: Permission denied"),
        ("/mnt/workspace/data", "execve: Permission denied"),
        ("/mnt/workspace/garbage", "execve: Exec format error"),
        ("/mnt/workspace/script", "execve: No such file or directory"),  # its interpreter
        ("/mnt/workspace/data/below", "execve: Not a directory"),
    ],
)
def test_a_program_that_cannot_be_started(init: Supervisor, path: str, detail: str) -> None:
    """The step and the error, and not an exit code that the program never gave."""
    files = (
        SourceFile("data", b"\x7fELF"),
        SourceFile("garbage", b"\x7fELF", 0o755),
        SourceFile("script", b"#!/nowhere/sh\n", 0o755),
    )
    result = init.run(path, files=files)
    assert (end_of(result), result.detail) == ((Outcome.NOT_STARTED, None, None), detail)
    assert end_of(init.run("exit", "3")) == (Outcome.EXITED, 3, None)


def test_a_program_cannot_pretend_that_it_was_not_started(init: Supervisor) -> None:
    """127 is an exit code like any other, and there is no descriptor to write a failure to."""
    script = "for fd in 3 4 5 6 7 8 9; do (echo execve: forged >&$fd); done 2>/dev/null; exit 127"
    assert end_of(init.run("/bin/sh", "-c", script)) == (Outcome.EXITED, 127, None)


def test_a_sandbox_used_once_ends_by_itself(init: Supervisor) -> None:
    init.start("exit", "3", again=False)
    result = init.result()
    assert (result.exit_code, result.again) == (3, False)
    with pytest.raises(Ended):
        init.frame()
    assert init.wait() == 0


# --- what a program is given -----------------------------------------------------------------------------------------


def test_a_program_gets_what_was_asked_for_and_nothing_else(init: Supervisor) -> None:
    lines = init.lines("state", "größe", "", env=(("NAME", "Žuko"), ("EMPTY", "")))
    state = facts(lines)
    assert [line for line in lines if line.startswith("arg ")] == ["arg größe", "arg "]
    assert [line for line in lines if line.startswith("env ")] == ["env NAME=Žuko", "env EMPTY="]
    assert [line for line in lines if line.startswith("fd ")] == ["fd 0", "fd 1", "fd 2"]
    assert state["ppid"] == "1"
    assert state["pid"] == state["sid"] == state["pgrp"]
    assert state["/proc/self/cwd"] == "/mnt/workspace"
    assert [state[name] for name in ("SigBlk:", "SigIgn:", "SigCgt:")] == ["0" * 16] * 3
    assert not [line for line in lines if line.startswith("not_default")]
    assert state["Uid:"].split() == [str(UID)] * 4
    assert state["Gid:"].split() == [str(GID)] * 4
    assert [state[name] for name in ("CapInh:", "CapPrm:", "CapEff:", "CapAmb:")] == ["0" * 16] * 4
    assert state["NoNewPrivs:"] == "1"
    assert state["Seccomp:"] == "2"
    assert state["oom_score_adj"] == "1000"  # memory runs out: the program goes before its supervisor


def test_signals_that_the_runtime_ignored_are_at_their_default() -> None:
    """What is ignored stays so through execve: SIGPIPE lets `yes | head` run on, SIGCHLD hides every child's end."""
    with Supervisor(setup="trap '' HUP INT PIPE CHLD USR1") as init:
        init.hello()
        assert facts(init.lines("state"))["SigIgn:"] == "0" * 16
        assert end_of(init.run("exit", "3")) == (Outcome.EXITED, 3, None)


def test_descriptors_that_the_runtime_left_open_are_closed() -> None:
    """CVE-2024-21626 was one, in runc."""
    leak = os.open("/proc", os.O_RDONLY)
    numbers = (leak, *(fcntl.fcntl(leak, fcntl.F_DUPFD, least) for least in (63, 64, 900)))  # those that are free
    try:
        with Supervisor(pass_fds=numbers) as init:
            init.hello()
            assert [line for line in init.lines("state") if line.startswith("fd ")] == ["fd 0", "fd 1", "fd 2"]
    finally:
        for number in numbers:
            os.close(number)


def test_files_stand_in_the_workspace_as_they_were_sent(init: Supervisor) -> None:
    content = bytes(range(256)) * 1000
    files = (
        SourceFile("größe 日本.txt", content, 0o640),
        SourceFile("n" * 255, b"", 0o777),
        SourceFile("-rf *", b"x", 0o400),
        SourceFile("...", b"y", 0),
    )
    listing = init.lines("/bin/sh", "-c", "stat -c '%a %s %n' -- ... * | sort", files=files)
    expected = [f"{file.mode:o} {len(file.content)} {file.name}" for file in files]
    assert sorted(listing) == sorted(expected)
    result = init.run("/bin/cat", "größe 日本.txt", files=files)
    assert result.stdout == content


@pytest.mark.parametrize("size", [0, 3, 16384, 16385, 5 << 20])
def test_standard_input_is_a_file_that_cannot_be_changed(init: Supervisor, size: int) -> None:
    """Sealed: neither a program nor what it leaves behind can give the next one another input."""
    given = init.lines("input", stdin=b"x" * size)
    head = f"read {min(size, 16)} {'x' * min(size, 16)}"
    assert given[:5] == [head, "seek 0", head, "seek 0", f"size {size}"]
    assert given[5:] == [
        *(f"{way} EPERM" for way in ("write", "grow", "shrink", "seal", "map", "reopened")),
        "seals 15",  # SEAL | SHRINK | GROW | WRITE
    ]


def test_standard_input_that_nobody_reads(init: Supervisor) -> None:
    """There is no pipe that could be full."""
    assert end_of(init.run("exit", "0", stdin=bytes(5 << 20))) == (Outcome.EXITED, 0, None)


def test_standard_input_comes_in_pieces_and_not_twice(init: Supervisor) -> None:
    init.send(protocol.encode_frame(FrameType.INPUT, b"one "))
    init.send(protocol.encode_frame(FrameType.INPUT, b""))
    assert init.run("/bin/cat", stdin=b"two").stdout == b"one two"
    assert init.run("/bin/cat").stdout == b""


def test_the_limit_of_standard_input_is_a_run_s(init: Supervisor) -> None:
    """64 MiB each, not all together."""
    for _ in range(3):
        assert end_of(init.run("exit", "0", stdin=bytes(30 << 20))) == (Outcome.EXITED, 0, None)


def test_outputs_are_bytes(init: Supervisor) -> None:
    every = bytes(range(256)) * 300
    result = init.run("/bin/sh", "-c", "tee /dev/stderr", stdin=every)
    assert (result.stdout, result.stderr) == (every, every)


# --- stubborn processes ----------------------------------------------------------------------------------------------


def test_a_fork_bomb_is_over_when_the_limit_is(init: Supervisor) -> None:
    for _ in range(3):
        started = time.monotonic()
        assert init.run("fork-bomb", wall_ms=200).outcome is Outcome.WALL_TIME
        assert time.monotonic() - started < 5
        assert facts(init.lines("left"))["others"] == "0"


def test_daemons_do_not_delay_the_answer(init: Supervisor) -> None:
    """In sessions of their own, ignoring signals, with stdout open: when the program ends, all of it ends."""
    started = time.monotonic()
    assert init.lines("daemons", "20") == ["20 daemons"]
    assert time.monotonic() - started < 5
    assert facts(init.lines("left"))["others"] == "0"


def test_orphans_are_reaped_and_not_taken_for_the_program(init: Supervisor) -> None:
    """They end with 7, some before the program and some after it."""
    for _ in range(10):
        assert end_of(init.run("orphans", "30")) == (Outcome.EXITED, 0, None)
    assert facts(init.lines("left"))["others"] == "0"


# --- the host's part -------------------------------------------------------------------------------------------------


def test_ping_pong(init: Supervisor) -> None:
    for nonce in (bytes(8), b"\xff" * 8, b"E\0\0\0\0abc"):
        init.send(protocol.encode_frame(FrameType.PING, nonce))
        assert init.expect(FrameType.PONG) == nonce
    init.run("exit", "0")
    init.send(protocol.encode_frame(FrameType.PING, b"12345678"))
    assert init.expect(FrameType.PONG) == b"12345678"


def test_a_program_cannot_forge_a_frame(init: Supervisor) -> None:
    """What it prints is output, whatever it looks like."""
    forged = golden("result_exited") + golden("taken") + golden("error")
    result = init.run("/bin/sh", "-c", "tee /dev/stderr", stdin=forged)
    assert (result.stdout, result.stderr) == (forged, forged)


def test_frames_may_arrive_byte_by_byte(init: Supervisor) -> None:
    for byte in golden("file") + golden("input") + golden("ping"):
        init.send(bytes([byte]))
    assert init.expect(FrameType.PONG) == golden("ping")[5:]
    assert init.run("/bin/cat", "main.py", "/dev/stdin").stdout == b"print('hello', input())\nZuko\n"


def test_an_idle_sandbox_ends_by_itself() -> None:
    """A client that is frozen or has vanished leaves nothing behind; the end is an orderly one."""
    with Supervisor(args=("--idle-seconds", "1")) as init:
        init.hello()
        started = time.monotonic()
        with pytest.raises(Ended):
            init.frame()
        assert 0.9 < time.monotonic() - started < 5
        assert init.wait() == 0


def test_a_word_now_and_then_keeps_it_alive() -> None:
    """Idleness begins anew with each frame, and a run is not idle."""
    with Supervisor(args=("--idle-seconds", "1")) as init:
        init.hello()
        assert init.run("hang", "", "", wall_ms=1200).outcome is Outcome.WALL_TIME
        init.send(golden("ping"))
        assert init.expect(FrameType.PONG)


def ends_at_once(init: Supervisor, status: int = 0) -> None:
    """Ends by itself, without a further frame, and no process of the sandbox is left."""
    sandboxed = [init.outside(), *init.outside().children(recursive=True)]
    started = time.monotonic()
    init.hang_up()
    assert init.wait() == status
    assert time.monotonic() - started < 2
    assert not psutil.wait_procs(sandboxed, timeout=0)[1]


def test_end_of_file_while_idle(init: Supervisor) -> None:
    ends_at_once(init)
    with pytest.raises(Ended, match="after 0 of 5 bytes"):
        init.frame()


def test_end_of_file_in_mid_run(init: Supervisor) -> None:
    """The host died: nobody is there to be answered, and the program's time is over."""
    init.start("/bin/sh", "-c", f"{PROBE} daemons 5; {PROBE} fork-bomb & exec {PROBE} hang '' ''")
    init_children = init.outside().children
    deadline = time.monotonic() + TIMEOUT_S
    while len(init_children(recursive=True)) < 5:  # seen from outside: there is no event to wait for
        assert time.monotonic() < deadline
        time.sleep(0.01)
    ends_at_once(init)
    with pytest.raises(Ended, match="after 0 of 5 bytes"):
        init.frame()


def test_end_of_file_while_it_answers(init: Supervisor) -> None:
    """More than the pipe holds, and nobody reads: hang-up is heard there too."""
    init.start("write", str(1 << 20), "0")
    init.read(protocol.HEADER_SIZE)  # it is about to write the rest
    ends_at_once(init)


def test_an_answer_that_nobody_takes(init: Supervisor) -> None:
    """The reading end is closed: no SIGPIPE, no error, an orderly end."""
    assert init.process.stdout
    init.process.stdout.close()
    init.start("exit", "0")
    assert init.wait() == 0


CUTS = [(name, size) for name in REQUESTS for size in (1, 4, 5, 7, len(golden(name)) - 1) if size < len(golden(name))]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "size"), CUTS, ids=str)
def test_a_frame_that_is_cut_off(init: Supervisor, name: str, size: int) -> None:
    """End of file in the middle of a frame is the end, not an error: the host died."""
    init.send(golden(name)[:size])
    init.hang_up()
    with pytest.raises(Ended, match="after 0 of 5 bytes"):
        init.frame()
    assert init.wait() == 0


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_request_is_answered_with_the_reason(name: str) -> None:
    """An error frame, then the end: there is no telling where the next frame would begin."""
    letter, payload, reason = MALFORMED[name]
    if name in {"file_long_name", "keep_long_name"}:  # told before the name is read
        reason = "file: name is too long"
    with Supervisor() as init:
        init.hello()
        init.send(letter + struct.pack("<I", len(payload)) + payload)
        assert init.error() == reason


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        pytest.param(b"X\0\0\0\0", "unknown frame type 88", id="no such type"),
        pytest.param(b"\0\0\0\0\0", "unknown frame type 0", id="zeros"),
        pytest.param(b"H\0\0\0\0", "unknown frame type 72", id="a reply"),
        pytest.param(b"P\x07\0\0\0" + bytes(7), "ping: not 8 bytes", id="short ping"),
        pytest.param(b"P\xff\xff\xff\xff", "ping: not 8 bytes", id="huge ping"),
        pytest.param(b"R\x01\0\x01\0", "run: frame is too long", id="64 KiB and a byte of run"),
        pytest.param(b"R\xff\xff\xff\xff", "run: frame is too long", id="huge run"),
        pytest.param(b"I\x01\0\0\x04", "input: more than 67108864 bytes", id="64 MiB and a byte of input"),
        pytest.param(b"I\xff\xff\xff\xff", "input: more than 67108864 bytes", id="huge input"),
        pytest.param(
            b"I\x01\0\0\0xI\0\0\0\x04", "input: more than 67108864 bytes", id="64 MiB and a byte in two frames"
        ),
        pytest.param(b"F\x06\0\0\x04\xa4\x01\x01\0x", "file: more than 67108864 bytes", id="64 MiB and a byte of file"),
        pytest.param(b"F\xff\xff\xff\xff\xa4\x01\x01\0x", "file: more than 67108864 bytes", id="huge file"),
        pytest.param(b"F\xff\xff\xff\xff\xa4\x01\xff\xff", "file: name is too long", id="huge file, huge name"),
        pytest.param(golden("file") * 2, "create main.py: File exists", id="a file twice"),
        pytest.param(
            protocol.encode_frame(FrameType.FILE, b"\xa4\x01\x01\0x" + bytes(17 << 20)),
            "write x: No space left on device",
            id="a file larger than the workspace",
        ),
    ],
)
def test_a_frame_out_of_bounds_is_answered_with_the_reason(init: Supervisor, frame: bytes, reason: str) -> None:
    """Lengths are judged before anything of that length is read or kept."""
    init.send(frame)
    assert init.error() == reason


def test_a_symlink_is_no_way_out_of_the_workspace() -> None:
    """Files are made, never opened: what already has the name is refused, wherever it leads."""
    with Supervisor(setup="ln -s /tmp/target /mnt/workspace/main.py") as init:
        init.hello()
        init.send(golden("file"))
        assert init.error() == "create main.py: File exists"


# --- fuzzing ---------------------------------------------------------------------------------------------------------


def test_fuzz_the_decoders() -> None:
    """The golden frames and a quarter of a million mutations of them, the same each time; `make fuzz` goes further."""
    corpus = sorted(GOLDEN.glob("*.bin"))
    replay = subprocess.run(
        [build() / "fuzz-replay", "--runs", "250000", "--seed", "1", *corpus],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert replay.stderr == ""
    assert replay.stdout == f"{len(corpus)} files, 250000 mutations\n"


@pytest.mark.parametrize("seed", range(20))
def test_fuzz_the_stream(seed: int) -> None:
    """Damaged requests one after another, then end of file: it ends, in order or with an error, and never by itself."""
    numbers = random.Random(seed)
    stream = bytearray()
    for name in numbers.choices(list(REQUESTS), k=8):
        frame = bytearray(golden(name))
        for _ in range(numbers.randint(0, 2)):
            frame[numbers.randrange(len(frame))] = numbers.choice((0, 1, 127, 128, 255, numbers.randrange(256)))
        stream += frame
    with Supervisor() as init:
        init.hello()
        init.send(bytes(stream))
        init.hang_up()
        kinds = []
        with contextlib.suppress(Ended):
            while True:
                kinds.append(init.frame()[0])
        assert init.wait() == (1 if FrameType.ERROR in kinds else 0)
        assert FrameType.ERROR not in kinds[:-1]
