"""Requests of a run: outputs in one or as they come, files whatever its end is, limits of its processes."""

import time
from typing import Any

import pytest

from tests.harness.supervisor import Supervisor
from zuko.sandbox import protocol
from zuko.sandbox.protocol import FrameType
from zuko.types import Collect, Limits, Outcome, Run, RunResult, SkippedFile


def collected(init: Supervisor, script: str, *take: str, files: int = 8, size: int = 1 << 20) -> RunResult:
    """Return the result of a run, with the files that it left and those that were skipped."""
    init.start("/bin/sh", "-c", script, take=take, collect=Collect(files, size))
    kept, skipped = [], []
    while True:
        kind, payload = init.frame()
        if kind is FrameType.TAKEN:
            kept.append(protocol.decode_file(payload))
        elif kind is FrameType.SKIPPED:
            skipped.append(protocol.decode_skipped(payload))
        else:
            assert kind is FrameType.RESULT
            return protocol.decode_result(payload, tuple(kept), tuple(skipped))


def streamed(init: Supervisor, script: str, **limits: Any) -> tuple[list[tuple[FrameType, bytes]], RunResult]:
    init.start("/bin/sh", "-c", script, streams=True, **limits)
    frames: list[tuple[FrameType, bytes]] = []
    while True:
        kind, payload = init.frame()
        if kind is FrameType.RESULT:
            return frames, protocol.decode_result(payload)
        frames.append((kind, payload))


# --- outputs ---------------------------------------------------------------------------------------------------------


def test_outputs_in_one_are_in_the_order_of_writing(init: Supervisor) -> None:
    result = init.shell("for i in 1 2 3; do echo $i; echo -$i >&2; done", merge=True)
    assert (result.stdout, result.stderr) == (b"1\n-1\n2\n-2\n3\n-3\n", b"")
    assert init.shell("echo 1; echo 2 >&2").stderr == b"2\n"
    init.start("/bin/sh", "-c", "yes; yes >&2", merge=True, stdout=1000)
    result = init.result()
    assert (result.outcome, len(result.stdout), result.stdout_truncated) == (Outcome.OUTPUT, 1000, True)


def test_outputs_come_while_the_program_runs(init: Supervisor) -> None:
    init.start("/bin/sh", "-c", "echo 1; echo 2 >&2; sleep 20", streams=True, wall_ms=5_000)
    began = time.monotonic()
    assert {init.frame(), init.frame()} == {(FrameType.OUTPUT, b"1\n"), (FrameType.ERRORS, b"2\n")}
    assert time.monotonic() - began < 4
    result = init.result()
    assert (result.outcome, result.stdout, result.stderr) == (Outcome.WALL_TIME, b"", b"")
    assert init.shell("echo 3").stdout == b"3\n"


def test_streamed_outputs_are_whole(init: Supervisor) -> None:
    script = "i=0; while [ $i -lt 3000 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done; exit 3"
    frames, result = streamed(init, script)
    for kind, word in ((FrameType.OUTPUT, "out"), (FrameType.ERRORS, "err")):
        text = b"".join(payload for each, payload in frames if each is kind)
        assert text.decode().splitlines() == [f"{word} {number}" for number in range(3000)]
    assert all(0 < len(payload) <= protocol.TALK_MAX for _, payload in frames)
    assert (result.exit_code, result.stdout) == (3, b"")


def test_a_host_that_does_not_read_holds_the_program_up_and_its_limits_hold(init: Supervisor) -> None:
    init.start("/bin/sh", "-c", "yes & yes >&2", streams=True, wall_ms=1500, stdout=64 << 20, stderr=64 << 20)
    time.sleep(3)  # nothing is read
    sizes = {FrameType.OUTPUT: 0, FrameType.ERRORS: 0}
    while (frame := init.frame())[0] is not FrameType.RESULT:
        sizes[frame[0]] += len(frame[1])
    assert protocol.decode_result(frame[1]).outcome is Outcome.WALL_TIME
    assert all(0 < size < 4 << 20 for size in sizes.values())
    assert init.shell("echo 3").stdout == b"3\n"


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_streamed_outputs_have_their_limits(init: Supervisor, name: str) -> None:
    frames, result = streamed(init, "yes" if name == "stdout" else "yes >&2", **{name: 100_000})
    assert result.outcome is Outcome.OUTPUT
    assert sum(len(payload) for _, payload in frames) == 100_000
    assert (result.stdout_truncated, result.stderr_truncated) == (name == "stdout", name == "stderr")


# --- files -----------------------------------------------------------------------------------------------------------


def test_files_are_collected_whatever_the_end_is(init: Supervisor) -> None:
    for end, outcome in (("exit 3", Outcome.EXITED), ("kill -9 $$", Outcome.SIGNALLED)):
        result = collected(init, f"echo 1 >a; ln -s / link; {end}", "missing", "*")
        assert (result.outcome, [file.name for file in result.files]) == (outcome, ["a"])
        missing = SkippedFile("missing", "No such file or directory")
        assert result.skipped == (missing, SkippedFile("link", "not a regular file"))
        assert result.detail == ""
    assert init.shell("ls").stdout == b""


def test_collected_files_are_bounded(init: Supervisor) -> None:
    result = collected(init, "truncate -s 600K a; truncate -s 600K b; echo 1 >c", "a", "b", "c")
    assert [file.name for file in result.files] == ["a", "c"]
    assert result.skipped == (SkippedFile("b", "too large"),)
    result = collected(init, "for i in 1 2 3 4; do echo $i >$i; done", "*", files=3)
    assert (len(result.files), [each.why for each in result.skipped]) == (3, ["too many files"])
    result = collected(init, "for i in $(seq 40); do ln -s / $i; done", "*")
    assert len(result.skipped) == 17
    assert result.skipped[-1] == SkippedFile("", "there are more")


# --- limits ----------------------------------------------------------------------------------------------------------


def limited(init: Supervisor, script: str, limits: Limits) -> RunResult:
    init.send(protocol.encode_run(Run(("/bin/sh", "-c", script), limits), reuse=True))
    return init.result()


def test_limits_are_those_of_one_run(init: Supervisor) -> None:
    look = "ulimit -s; ulimit -f; cat /proc/self/limits | grep -c 'processes  *8  *8 '"
    limits = Limits(20_000, stack_bytes=256 << 10, file_bytes=64 << 10, processes=7)
    assert limited(init, look, limits).stdout == b"256\n128\n1\n"  # -f: blocks of 512 bytes
    free = init.shell(look).stdout.split()
    assert free[0] != b"256"
    assert free[1:] == [b"unlimited", b"0"]


def test_a_file_that_is_too_large_ends_its_writer(init: Supervisor) -> None:
    result = limited(init, "exec head -c 100000 /dev/zero >a", Limits(20_000, file_bytes=64 << 10))
    assert (result.outcome, result.signal) == (Outcome.SIGNALLED, 25)
