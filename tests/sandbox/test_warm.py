"""A program that is forked from a warm interpreter does what it does after a cold start.

Each program of tests/corpus/warm/*.py runs in two sandboxes, of which one keeps an interpreter warm.
"""

import json
import os
import re
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

import psutil
import pytest

import docker
from tests.harness.waiting import wait_for
from tests.sandbox.running import MIB, SPEC, printed, run
from tests.sandbox.warm_programs import ALL, Program, run_of
from zuko.engine.engine import Engine
from zuko.sandbox.sandbox import Sandbox
from zuko.types import Run, RunResult, SandboxSpec

COLD_SPEC: Final = replace(SPEC, warm=None)
# Reasons why two starts of the same program differ, cold ones, too.
ADDRESS: Final = re.compile(rb"0x[0-9a-f]{8,16}")  # objects and threads: each start has its own (ASLR)
NO_CORE: Final = re.compile(r"without a core for \d+ ms")  # at the wall time limit, as busy as the host is


class Started:
    """A sandbox that is started again when a program has broken it."""

    def __init__(self, engine: Engine, spec: SandboxSpec, core: int) -> None:
        self._engine, self._spec, self._core = engine, spec, core
        self.sandbox = self._start()

    def _start(self) -> Sandbox:
        sandbox = self._engine.start_sandbox(self._spec, self._core)
        assert sandbox.refused_warmth == ""
        return sandbox

    def run(self, run: Run) -> RunResult:
        result = self.sandbox.run(run, more=True)
        if not result.reusable:
            self.sandbox.close()
            self.sandbox = self._start()
        return result


class Both:
    """One sandbox that starts programs warm and one that starts them cold, each with a core of its own."""

    def __init__(self, engine: Engine, pool: ThreadPoolExecutor) -> None:
        cores = len(os.sched_getaffinity(0))
        self._pool = pool
        self.warm = Started(engine, SPEC, 0)
        self.cold = Started(engine, COLD_SPEC, cores - 1)

    def run(self, run: Run) -> tuple[RunResult, RunResult]:
        """Return the results of the warm and of the cold start."""
        warm, cold = self._pool.map(lambda each: each.run(run), (self.warm, self.cold))
        return warm, cold

    def close(self) -> None:
        self.warm.sandbox.close()
        self.cold.sandbox.close()


@pytest.fixture(scope="module")
def both(engine: Engine) -> Iterator[Both]:
    with ThreadPoolExecutor(2) as pool:
        both = Both(engine, pool)
        yield both
        both.close()


@pytest.fixture
def warm(both: Both) -> Sandbox:
    return both.warm.sandbox


def seen(result: RunResult) -> dict[str, Any]:
    """Return all of a result that a program decides."""
    parts = ("outcome", "exit_code", "signal", "detail", "stdout_truncated", "stderr_truncated", "files")
    streams = (
        ADDRESS.sub(b"0x", stream).decode(errors="backslashreplace") for stream in (result.stdout, result.stderr)
    )
    found = {name: getattr(result, name) for name in parts}
    found["detail"] = NO_CORE.sub("", result.detail)
    return found | {
        name: text.splitlines(keepends=True) for name, text in zip(("stdout", "stderr"), streams, strict=True)
    }


@pytest.mark.parametrize("program", ALL, ids=lambda program: program.name)
def test_a_program_does_the_same(both: Both, program: Program) -> None:
    for _ in range(5 if program.depends_on_timing else 1):
        warm, cold = map(seen, both.run(program.run))
        if warm == cold:
            break
    assert warm == cold


# ---------------------------------------------------------------- what programs of one warm interpreter share

SECRETS: Final = """
import ctypes, json, os, random, secrets, tempfile, uuid
libc = ctypes.CDLL(None)
libc.getauxval.restype = ctypes.c_ulong
print(json.dumps({
    "hash seed": hash("text"),
    "addresses": id(object()),
    "AT_RANDOM": ctypes.string_at(libc.getauxval(25), 16).hex(),
    "random": random.random(),
    "secrets": secrets.token_hex(),
    "uuid": [str(uuid.uuid1()), str(uuid.uuid4())],
    "urandom": os.urandom(8).hex(),
    "tempfile": [tempfile.mkdtemp(), tempfile.mktemp()],
    "SystemRandom": random.SystemRandom().random(),
}))
"""
SHARED: Final = {"hash seed", "addresses", "AT_RANDOM"}  # docs/reference/sandbox.md: Warm start


def test_what_is_random(both: Both, engine: Engine) -> None:
    """Nothing that a program draws repeats; what the interpreter drew at its start is the same for all its programs."""
    runs = [both.run(run_of({"main.py": SECRETS.encode()})) for _ in range(2)]
    (warm, cold), (warm_again, cold_again) = [[json.loads(each.stdout) for each in pair] for pair in runs]
    assert {name for name in warm if warm[name] == warm_again[name]} == SHARED
    assert not {name for name in cold if cold[name] in (cold_again[name], warm[name])}
    with engine.start_sandbox(SPEC) as other:
        elsewhere = printed(other, SECRETS)
    assert not {name for name in warm if warm[name] == elsewhere[name]}


def test_what_the_kernel_remembers(both: Both) -> None:
    """A warm program was not executed, and has fewer page faults behind it: /proc/self/stat shows both."""
    code = """
import json
fields = open("/proc/self/stat").read().rpartition(")")[2].split()
print(json.dumps([int(fields[6]), int(fields[7])]))
"""
    warm, cold = (json.loads(each.stdout) for each in both.run(run_of({"main.py": code.encode()})))
    forked_and_not_executed = 0x40  # PF_FORKNOEXEC
    assert (warm[0] & forked_and_not_executed, cold[0] & forked_and_not_executed) == (forked_and_not_executed, 0)
    assert warm[0] & ~forked_and_not_executed == cold[0]
    assert 0 < warm[1] < cold[1]


# ---------------------------------------------------------------- the interpreter is out of reach

REACH = """
import json, os, signal
found = {"processes": sorted(filter(str.isdigit, os.listdir("/proc"))), "signalled": [], "opened": []}
for pid in [*range(1, 300), -1, 0x7fffffff]:
    try:
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        os.kill(pid, signal.SIGUSR1)
        found["signalled"].append(pid)
    except ProcessLookupError:
        pass
    try:
        os.close(os.pidfd_open(pid))
        found["opened"].append(pid)
    except (OSError, OverflowError):
        pass
shared = [line.split()[5:] for line in open("/proc/self/maps") if line.split()[1][3] == "s"]
found["shared memory"] = [path for path in shared if not path[0].startswith("/usr/")]
found["descriptors"] = [fd for fd in range(256) if os.path.exists(f"/proc/self/fd/{fd}")]
found["position"] = [os.lseek(0, 0, os.SEEK_CUR), os.lseek(0, 5, os.SEEK_SET)]
found["sockets"] = open("/proc/net/unix").read().count("\\n")
print(json.dumps(found))
"""


def test_the_interpreter_is_out_of_reach(warm: Sandbox) -> None:
    """Neither seen nor signalled, and nothing is shared with it or with other programs."""
    for _ in range(3):
        found = printed(warm, REACH)
        assert found.pop("signalled") == [1, 2]  # its own, and the first process, which blocks it
        assert found == {
            "processes": ["1", "2"],
            "opened": [1, 2],
            "shared memory": [],
            "descriptors": [0, 1, 2],
            "position": [0, 5],
            "sockets": 1,  # the heading
        }


NEEDLE: Final = b"zuko-Q7vX2m9Kp4Rt-needle"
MARKED: Final = bytes(byte + 1 for byte in NEEDLE)
MARK: Final = f"""
import ctypes, mmap, os, sys
mark = bytes(byte + 1 for byte in {NEEDLE!r})
kept = [mark * n for n in range(1, 200)] + [bytearray(mark * 1000) for _ in range(50)]
names = {{(mark * n).decode(): [mark.decode() + str(n)] for n in range(1, 500)}}
sys.intern(mark.decode())
os.environ[mark.decode()] = mark.decode()
setattr(sys, mark.decode(), mark)
sys.modules[mark.decode()] = sys
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
for size in (100, 10_000, 1_000_000):
    place = libc.malloc(ctypes.c_size_t(size))
    ctypes.memmove(place, mark * (size // len(mark)), size // len(mark) * len(mark))
shared = mmap.mmap(-1, 1 << 20)
shared[:len(mark) * 100] = mark * 100
open("/dev/shm/x", "wb").write(mark * 1000)
libc.printf(mark)
print(mark.decode())
os.write(1, mark)
"""
LOOK: Final = f"""
import json, sys
# The mark itself is not formed here, so that it is found only where another program has left it.
step = bytes((byte - 1) % 256 for byte in range(256))
needle, found, looked, skipped = {NEEDLE!r}, 0, 0, 0
if sys.stdin.read(1) == "m":
    kept = bytes(byte + 1 for byte in needle)
ranges = [line.split() for line in open("/proc/self/maps")]
with open("/proc/self/mem", "rb", buffering=0) as memory:
    for places, rights, *_, in ranges:
        low, high = (int(end, 16) for end in places.split("-"))
        if rights[0] != "r" or high > 1 << 48:
            continue
        try:
            memory.seek(low)
            text = memory.read(high - low)
        except OSError:
            skipped += 1
            continue
        looked += len(text)
        # A copy of this text holds what the memory holds: the needle, but the mark only if it was there.
        found += text.translate(step).count(needle)
        del text
print(json.dumps([found, looked, skipped]))
"""


def test_memory_of_one_program_is_not_in_the_next(both: Both) -> None:
    mark = run_of({"main.py": MARK.encode(), "other": MARKED}, MARKED * 100)
    look = run_of({"main.py": LOOK.encode()})
    control = run_of({"main.py": LOOK.encode()}, b"m")
    for _ in range(3):
        for each in both.run(mark):
            assert each.exit_code == 0, each
        for each in both.run(look):
            found, looked, _skipped = json.loads(each.stdout)
            assert (found, looked > 5 * MIB) == (0, True), each
    for each in both.run(control):
        assert json.loads(each.stdout)[0] > 0


# ---------------------------------------------------------------- the interpreter's own life


def processes_of(docker_client: docker.DockerClient, sandbox: Sandbox) -> list[psutil.Process]:
    """Return zuko-init and what it has started: the warm interpreter, then the next run's init and its program."""
    init = psutil.Process(docker_client.api.inspect_container(sandbox.container_id)["State"]["Pid"])
    return [init, *sorted(init.children(recursive=True), key=lambda each: each.pid)]


def test_many_runs_leave_the_container_as_it_was(engine: Engine, docker_client: docker.DockerClient) -> None:
    def processes() -> list[psutil.Process]:
        """Return zuko-init and the interpreter; the other two are new for each run."""
        return processes_of(docker_client, sandbox)[:2]

    def descriptors() -> list[int]:
        return [each.num_fds() for each in processes()]

    def is_settled() -> bool:
        """Return whether the next box is made: until then, both have some descriptors more."""
        then = descriptors()
        time.sleep(0.05)
        return len(processes_of(docker_client, sandbox)) == 4 and descriptors() == then

    def memory_bytes() -> list[int]:
        # Of each mapping, since the kernel's sum for a process is up to date to some hundred KB only.
        return [sum(part.rss for part in each.memory_maps()) for each in processes()]

    with engine.start_sandbox(SPEC, core=0) as sandbox:
        for _ in range(10):
            run(sandbox, "print(1)")
        sandbox.ping(5)  # it has made the next place
        wait_for(is_settled, 5, "the next box")
        before, rss_before = descriptors(), memory_bytes()
        for turn in range(300):
            code = (
                "import os; print(os.getpid())"
                if turn % 10
                else "x = bytearray(20 << 20); open('x', 'wb').write(x); print(2)"
            )
            assert run(sandbox, code).stdout == b"2\n"
        sandbox.ping(5)
        wait_for(lambda: is_settled() and descriptors() == before, 5, "as many descriptors as before")
        after = memory_bytes()
    assert all(now <= then + MIB // 4 for now, then in zip(after, rss_before, strict=True)), (rss_before, after)


@pytest.mark.parametrize("in_a_run", [False, True])
def test_an_interpreter_that_is_killed_ends_its_sandbox(
    engine: Engine, docker_client: docker.DockerClient, in_a_run: bool
) -> None:
    """The run that goes on, or the next one, is right, and the last one of its sandbox."""
    with engine.start_sandbox(SPEC) as sandbox, ThreadPoolExecutor(1) as pool:
        assert run(sandbox, "print(1)").stdout == b"1\n"
        sandbox.ping(5)
        interpreter = processes_of(docker_client, sandbox)[1]
        sleeping = pool.submit(run, sandbox, "import time; time.sleep(0.3); print(2)") if in_a_run else None
        interpreter.kill()
        result = sleeping.result() if sleeping else run(sandbox, "print(2)")
        assert (result.stdout, result.reusable) == (b"2\n", False)
        wait_for(sandbox.has_ended, 5, "the sandbox to end")


# ---------------------------------------------------------------- figures


@pytest.mark.alone
def test_time_and_memory_are_those_of_a_cold_start(engine: Engine) -> None:
    """The CPU time of a start is saved; everything else costs the same."""
    programs = {
        "small": "print('hi')",
        "large": "x = bytearray(b'x') * (50 << 20)",
        "long": "import time\nt = time.process_time()\nx = 0\nfor i in range(700_000): x += i * i % 7\n"
        "print(time.process_time() - t)",
    }
    pairs: dict[str, list[tuple[RunResult, RunResult]]] = {name: [] for name in programs}
    with engine.start_sandbox(SPEC, core=0) as warm, engine.start_sandbox(COLD_SPEC, core=0) as cold:
        for _ in range(9):
            for name, code in programs.items():
                pairs[name].append((run(warm, code), run(cold, code)))

    for name, results in pairs.items():
        peaks = [max(each.usage.peak_rss_bytes or 0 for each in same) for same in zip(*results, strict=True)]
        assert peaks[0] == pytest.approx(peaks[1], rel=0.15), name
    assert statistics.median(saved_ms(*pair) for pair in pairs["small"]) > 0
    # Each pair by itself: the speed of a machine that others use changes from one second to the next.
    inside = statistics.median(float(warm.stdout) / float(cold.stdout) for warm, cold in pairs["long"])
    assert inside == pytest.approx(1, rel=0.1)


def saved_ms(warm: RunResult, cold: RunResult) -> float:
    """Return the CPU time that a warm start has saved, ms."""
    return ((cold.usage.cpu_time_ns or 0) - (warm.usage.cpu_time_ns or 0)) / 1e6
