"""A runtime that is started ahead: programs are forked from it, each in a box of its own.

docker/init/tests/runtime.c is a runtime without an interpreter. The real one is in the image of Python.
"""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.harness.machine import is_alive
from tests.harness.supervisor import GID, TIMEOUT_S, UID, WRITABLE, Supervisor, cgroup, cgroup_setup, end_of, facts
from tests.harness.waiting import wait_for
from zuko.sandbox import protocol
from zuko.sandbox.protocol import FrameType
from zuko.types import Outcome, RunResult, SourceFile, Warm

ARGV = ("/mnt/bin/runtime", "main")
ENV = (("NAME", "größe"), ("EMPTY", ""))
RUNTIME = Warm("/mnt/warm", ARGV, ENV)
LINK = "ln -s /mnt/bin/runtime /mnt/warm"  # the name that only the warm runtime has


def keep_warm(init: Supervisor, warm: Warm = RUNTIME) -> str:
    """Have a runtime kept warm; return why it is not."""
    init.send(protocol.encode_warm(warm))
    return init.expect(FrameType.WARMED).decode()


def run(init: Supervisor, word: str = "", argv: tuple[str, ...] = ARGV, **options: object) -> RunResult:
    """Run the program that the runtime is warm for, which does what the word says."""
    return init.run(*argv, **{"env": ENV, "stdin": word.encode(), **options})


def start_of(result: RunResult) -> str:
    """Return how a program was started: "warm" or "cold"."""
    return facts(result.stdout.decode().splitlines())["started"]


def runtime_of(init: Supervisor) -> psutil.Process:
    (runtime,) = [each for each in init.outside().children() if each.uids().real == UID and each.name() == "warm"][:1]
    return runtime


@pytest.fixture
def warm() -> Iterator[Supervisor]:
    """Return a supervisor that keeps a runtime warm."""
    with Supervisor(boxes=True, setup=LINK) as init:
        init.hello()
        assert keep_warm(init) == ""
        yield init


def test_a_program_is_forked_from_the_runtime(warm: Supervisor) -> None:
    for turn in range(3):
        result = run(warm, "hello")
        assert (end_of(result), result.stderr) == ((Outcome.EXITED, 0, None), b"")
        state = facts(result.stdout.decode().splitlines())
        assert (state["started"], state["input"], state["boxes"]) == ("warm", "hello", str(turn + 1))


def test_a_warm_program_has_what_a_cold_one_has(warm: Supervisor) -> None:
    """Process, rights, signals and descriptors: of the runtime's own, none is left."""
    lines = run(warm, "hello").stdout.decode().splitlines()
    assert [line for line in lines if line.startswith("fd ")] == ["fd 0", "fd 1", "fd 2"]
    assert [line for line in lines if line.startswith("arg ")] == [f"arg {word}" for word in ARGV]
    state = facts(lines)
    assert (state["pid"], state["ppid"], state["sid"]) == ("2", "1", "2")
    cold = facts(run(warm, "hello", argv=(ARGV[0], "other")).stdout.decode().splitlines())
    same = ("Uid:", "Gid:", "CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:", "NoNewPrivs:", "Seccomp:")
    for name in (*same, "Seccomp_filters:", "SigBlk:", "SigIgn:", "TracerPid:", "Threads:"):
        assert state[name] == cold[name], name


@pytest.mark.parametrize(
    ("word", "end", "detail"),
    [
        ("exit 7", (Outcome.EXITED, 7, None), ""),
        ("exit 255", (Outcome.EXITED, 255, None), ""),
        ("abort", (Outcome.SIGNALLED, None, 6), ""),
        ("unshare", (Outcome.FORBIDDEN_SYSCALL, None, 9), "unshare"),
        ("spin", (Outcome.WALL_TIME, None, 9), r"(without a core for \d+ ms)?"),  # as busy as the host is
        ("kill", (Outcome.EXITED, 0, None), ""),
        ("leave", (Outcome.EXITED, 0, None), ""),
    ],
)
def test_how_a_warm_program_ends(
    warm: Supervisor, word: str, end: tuple[Outcome, int | None, int | None], detail: str
) -> None:
    """As any other, and the next one begins as if it had not been."""
    result = run(warm, word, wall_ms=500 if word == "spin" else 20_000)
    assert end_of(result) == end
    assert re.fullmatch(detail, result.detail)
    assert start_of(result) == "warm"
    assert start_of(run(warm)) == "warm"


def test_nothing_of_a_warm_run_is_left_for_the_next(warm: Supervisor) -> None:
    for _ in range(3):
        assert b"written 1\n" in run(warm, "write").stdout
        assert set(facts(warm.lines("left", *WRITABLE)).values()) == {"0"}


def test_limits_hold_for_a_warm_program(warm: Supervisor) -> None:
    result = run(warm, "hello", stdout=10)
    assert (result.outcome, result.stdout, result.stdout_truncated) == (Outcome.OUTPUT, b"started wa", True)
    assert start_of(run(warm)) == "warm"


@pytest.mark.parametrize("version", [1, 2])
def test_the_cpu_time_of_a_warm_program_is_its_own(version: int) -> None:
    """Neither the runtime's nor that of making the box."""
    with (
        cgroup(version) as (group, root),
        Supervisor(cgroup=group, cgroup_root=root, setup=f"{LINK}\n{cgroup_setup(version, group)}", boxes=True) as init,
    ):
        init.hello()
        assert keep_warm(init) == ""
        result = run(init, "spin", cpu_ms=200)
        assert end_of(result) == (Outcome.CPU_TIME, None, 9)
        assert result.usage.cpu_time_ns is not None
        assert 200_000_000 <= result.usage.cpu_time_ns < 1_000_000_000
        usual = run(init, "hello").usage.cpu_time_ns
        assert usual is not None
        assert usual < 100_000_000


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"argv": (ARGV[0],)}, id="fewer words"),
        pytest.param({"argv": (*ARGV, "")}, id="more words"),
        pytest.param({"argv": (ARGV[0], "mai")}, id="another word"),
        pytest.param({"env": ()}, id="no environment"),
        pytest.param({"env": ENV[:1]}, id="less of it"),
        pytest.param({"env": (*ENV, ("MORE", "1"))}, id="more of it"),
        pytest.param({"env": ENV[::-1]}, id="in another order"),
    ],
)
def test_another_command_is_executed(warm: Supervisor, options: dict[str, tuple[str, ...]]) -> None:
    assert start_of(run(warm, **options)) == "cold"  # type: ignore[arg-type]  # argv or env
    assert start_of(run(warm)) == "warm"


def test_other_programs_run_beside_it(warm: Supervisor) -> None:
    """Those of the image and kept ones are executed in boxes that the runtime has made."""
    assert warm.run("exit", "3").exit_code == 3
    tool = SourceFile("tool", (warm.path("/mnt/bin/probe")).read_bytes(), 0o755)
    assert warm.run("tool", "exit", "4", keep=(tool,)).exit_code == 4
    assert warm.run("/bin/cat", stdin=b"x" * 100_000).stdout == b"x" * 100_000
    assert start_of(run(warm)) == "warm"


def test_an_interactive_run_is_executed(warm: Supervisor) -> None:
    """The runtime has seen a file as its standard input, and may remember what a file can do."""
    warm.start(*ARGV, env=ENV, interactive=True)
    warm.send(protocol.encode_frame(FrameType.TALK, b"hello") + protocol.encode_frame(FrameType.TALK, b""))
    printed = b""
    while part := warm.output():
        printed += part
    assert printed.startswith(b"started cold\n")
    assert printed.endswith(b"input hello\n")
    assert warm.result().exit_code == 0
    assert start_of(run(warm)) == "warm"


def test_a_runtime_that_ends_ends_the_sandbox(warm: Supervisor) -> None:
    """The box that it has made still serves one run."""
    runtime = runtime_of(warm)
    runtime.kill()
    wait_for(lambda: not is_alive(runtime), TIMEOUT_S, "the runtime to end")
    warm.start(*ARGV, env=ENV)
    result = warm.result()
    assert (result.exit_code, start_of(result)) == (0, "warm")
    assert not result.reusable  # or the next submission would be on its way
    assert warm.expect(FrameType.ERROR) == b"audit: the warm runtime has ended"
    assert warm.wait() == 1


def test_a_runtime_that_cannot_make_a_box_says_why(warm: Supervisor) -> None:
    status = Path(f"/proc/{runtime_of(warm).pid}/status").read_text().splitlines()
    (numbers,) = [line.split() for line in status if line.startswith("NSpid:")]
    as_its_user = ("setpriv", "--reuid", str(UID), "--regid", str(GID), "--clear-groups")
    limit = ("prlimit", "--pid", numbers[-1], "--nproc=1:1")
    assert warm.inside(*as_its_user, *limit).wait(TIMEOUT_S) == 0
    warm.start(*ARGV, env=ENV)
    assert warm.result().exit_code == 0
    assert warm.error() == "audit: no next box: clone: Resource temporarily unavailable"


def test_a_runtime_ends_with_zuko_init(warm: Supervisor) -> None:
    runtime = runtime_of(warm)
    warm.hang_up()
    assert warm.wait() == 0
    assert not psutil.wait_procs([runtime], timeout=5)[1]


def test_a_second_runtime_is_refused(warm: Supervisor) -> None:
    warm.send(protocol.encode_warm(RUNTIME))
    assert warm.error() == "warm: there is one already"


@pytest.mark.parametrize(
    ("warm", "seconds"),
    [
        pytest.param(Warm("/nowhere/runtime", ("x",), ()), 2, id="missing"),
        pytest.param(Warm("/mnt/bin/probe", ("probe", "exit", "0"), ()), 2, id="another program"),
        pytest.param(Warm("/mnt/bin/runtime", ARGV, ENV), 2, id="under another name"),
        pytest.param(Warm("/mnt/bin", ("x",), ()), 2, id="a directory"),
        pytest.param(Warm("/mnt/bin/probe", ("probe", "hang", "", ""), ()), 12, id="one that says nothing"),
    ],
)
def test_what_is_not_a_warm_runtime_leaves_programs_cold(warm: Warm, seconds: float) -> None:
    with Supervisor(boxes=True, setup=LINK) as init:
        init.hello()
        started = time.monotonic()
        assert keep_warm(init, warm) == "the warm runtime did not start"
        assert time.monotonic() - started < seconds
        for _ in range(2):
            assert start_of(run(init)) == "cold"
        assert keep_warm(init) == ""
        assert start_of(run(init)) == "warm"


def test_without_boxes_there_is_no_warm_runtime() -> None:
    with Supervisor(setup=LINK) as init:
        init.hello()
        assert keep_warm(init) == "it needs namespaces for each run"
        assert start_of(run(init)) == "cold"


def test_a_runtime_may_be_kept_after_runs() -> None:
    with Supervisor(boxes=True, setup=LINK) as init:
        init.hello()
        assert start_of(run(init)) == "cold"
        assert keep_warm(init) == ""
        assert start_of(run(init)) == "warm"


def test_a_runtime_serves_many_runs(warm: Supervisor) -> None:
    runtime = runtime_of(warm)
    before = runtime.num_fds()
    for _ in range(100):
        assert start_of(run(warm)) == "warm"
    deadline = time.monotonic() + TIMEOUT_S
    while runtime.num_fds() != before:  # it closes its end of a box after the box is made
        assert time.monotonic() < deadline
        time.sleep(0.001)
