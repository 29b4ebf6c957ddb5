"""The things that zuko-init gives a program: files, standard input, environment, signals, descriptors."""

import fcntl
import os

import pytest

from tests.harness.supervisor import (
    GID,
    UID,
    Supervisor,
    end_of,
    facts,
)
from zuko.sandbox import protocol
from zuko.sandbox.protocol import FrameType
from zuko.types import Outcome, SourceFile


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
    """Ignored signals stay so through execve: SIGPIPE lets `yes | head` run on, SIGCHLD hides every child's end."""
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


def test_standard_input_that_is_not_read(init: Supervisor) -> None:
    """The input is not in a pipe, which could be full."""
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
