"""How a run under zuko-init ends, stubborn programs too: the real binary, sanitized, as PID 1 of its own namespaces.

What a program does there it does through docker/init/tests/probe.c. What needs a container (memory limits, the engine's
settings, Python) is in test_sandbox.py and test_programs.py.
"""

import os
import re
import subprocess
import time

import psutil
import pytest

from tests.harness.supervisor import (
    MS,
    PROBE,
    Ended,
    Supervisor,
    cgroup,
    cgroup_setup,
    end_of,
    facts,
)
from tests.harness.waiting import wait_for
from zuko.types import Outcome, SourceFile

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


@pytest.mark.parametrize("boxes", [False, True], ids=["container", "namespaces"])
def test_at_the_wall_time_limit_one_that_waits_is_distinguished_from_one_that_gets_no_core(boxes: bool) -> None:
    """The kernel's own count for a program that shares its core with two others: that is not its own fault."""
    core = str(max(os.sched_getaffinity(0)))  # other tests need the first one for themselves
    busy = ("taskset", "-c", core, "sh", "-c", "while :; do :; done")
    with (
        Supervisor(setup=f"taskset -p -c {core} $$ >/dev/null", boxes=boxes) as init,
        subprocess.Popen(busy) as one,
        subprocess.Popen(busy) as other,
    ):
        try:
            init.hello()
            neighbours = [psutil.Process(each.pid) for each in (one, other)]
            wait_for(lambda: all(each.cpu_times().user > 0 for each in neighbours), 30, "the neighbours to be at work")
            waits, computes = init.run("hang", "", "", wall_ms=200), init.run("spin", "0", wall_ms=1000)
        finally:
            one.kill()
            other.kill()
    assert waits.detail == "waiting"
    assert computes.outcome is Outcome.WALL_TIME
    found = re.fullmatch(r"without a core for ([0-9]+) ms", computes.detail)
    assert found is not None, computes.detail
    assert 200 <= int(found[1]) < 1000


def test_wall_time_limit_of_a_stopped_program(init: Supervisor) -> None:
    """SIGSTOP, of the program itself or of a child, does not avoid it."""
    assert end_of(init.run("stopped", wall_ms=200)) == (Outcome.WALL_TIME, None, 9)
    assert facts(init.lines("left"))["others"] == "0"


@pytest.mark.parametrize("boxes", [False, True], ids=["container", "namespaces"])
@pytest.mark.parametrize("version", [1, 2])
def test_cpu_time_limit(version: int, boxes: bool) -> None:
    """Counted by the cgroup: a program that waits does not come near it, a child's CPU time is as good as its own."""
    with (
        cgroup(version) as (group, root),
        Supervisor(cgroup=group, cgroup_root=root, setup=cgroup_setup(version, group), boxes=boxes) as init,
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


def test_cpu_time_limit_without_a_cgroup(direct: Supervisor) -> None:
    """The main process and what PID 1 reaped: a limit that cannot be kept to the letter is not forgotten."""
    assert direct.run("hang", "", "", wall_ms=300, cpu_ms=100).outcome is Outcome.WALL_TIME
    orphans = f"{PROBE} children orphan 60 & {PROBE} children orphan 60 & exec {PROBE} hang '' ''"
    for argv in (("spin", "0"), ("/bin/sh", "-c", orphans)):
        result = direct.run(*argv, cpu_ms=100)
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
    """The run ends, the output that fits is kept, and the result has which of the two streams was cut."""
    result = init.run("write", str(limit + 1), "0", stdout=limit)
    assert result.outcome is Outcome.OUTPUT
    assert result.stdout == b"x" * limit
    assert (result.stdout_truncated, result.stderr_truncated) == (True, False)
    result = init.run("write", str(limit), str(limit + 1), stdout=limit, stderr=limit)
    assert result.outcome is Outcome.OUTPUT
    assert (result.stdout, result.stderr) == (b"x" * limit, b"x" * limit)
    assert (result.stdout_truncated, result.stderr_truncated) == (False, True)
    assert end_of(init.run("exit", "0")) == (Outcome.EXITED, 0, None)  # nothing of it is left in the next


def test_too_much_output_of_a_program_that_ended_is_reported_too(init: Supervisor) -> None:
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
def test_a_program_that_cannot_be_started(direct: Supervisor, path: str, detail: str) -> None:
    """The step and the error, and not an exit code that the program never gave."""
    files = (
        SourceFile("data", b"\x7fELF"),
        SourceFile("garbage", b"\x7fELF", 0o755),
        SourceFile("script", b"#!/nowhere/sh\n", 0o755),
    )
    result = direct.run(path, files=files)
    assert (end_of(result), result.detail) == ((Outcome.NOT_STARTED, None, None), detail)
    assert end_of(direct.run("exit", "3")) == (Outcome.EXITED, 3, None)


def test_a_program_cannot_pretend_that_it_was_not_started(init: Supervisor) -> None:
    """127 is an exit code like any other, and there is no descriptor to write a failure to."""
    script = "for fd in 3 4 5 6 7 8 9; do (echo execve: forged >&$fd); done 2>/dev/null; exit 127"
    assert end_of(init.run("/bin/sh", "-c", script)) == (Outcome.EXITED, 127, None)


def test_a_sandbox_used_once_ends_by_itself(init: Supervisor) -> None:
    init.start("exit", "3", again=False)
    result = init.result()
    assert (result.exit_code, result.reusable) == (3, False)
    with pytest.raises(Ended):
        init.frame()
    assert init.wait() == 0


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
