"""The figures are true: shown against the program's own clock, /usr/bin/time, and programs that try to hide cost."""

import json
import re
import statistics
from collections.abc import Iterator
from dataclasses import replace

import pytest

from zuko.engine.engine import Engine
from zuko.languages.table import PYTHON
from zuko.sandbox.sandbox import Sandbox
from zuko.settings import Settings
from zuko.types import CpuSource, Limits, Outcome, Run, RunResult, SourceFile

pytestmark = pytest.mark.alone

SETTINGS = Settings(cell_max_submissions=1000)

# Uses a known amount of CPU time, whatever the machine's speed: it asks the clock.
BURN = "import time\ndef burn(s, clock=time.process_time):\n    end = clock() + s\n    while clock() < end: pass\n"


@pytest.fixture(scope="module")
def sandbox(engine: Engine) -> Iterator[Sandbox]:
    with engine.start_sandbox(SETTINGS.sandbox(PYTHON)) as sandbox:
        yield sandbox


def run(sandbox: Sandbox, code: str, argv: tuple[str, ...] = PYTHON.run_argv) -> RunResult:
    files = (SourceFile("main.py", code.encode()),)
    result = sandbox.run(Run(argv, Limits(20_000), files, env=PYTHON.env))
    assert result.outcome is Outcome.EXITED, result
    assert result.exit_code == 0, result.stderr.decode()
    return result


def cpu_s(result: RunResult) -> float:
    assert result.usage.cpu_time_ns is not None
    return result.usage.cpu_time_ns / 1e9


def peak_kib(result: RunResult) -> float:
    assert result.usage.peak_rss_bytes is not None
    return result.usage.peak_rss_bytes / 1024


def test_source_is_the_cgroup(sandbox: Sandbox) -> None:
    assert run(sandbox, "").usage.cpu_source in (CpuSource.CGROUP_V1, CpuSource.CGROUP_V2)


@pytest.fixture(scope="module")
def empty(sandbox: Sandbox) -> RunResult:
    """Return the result of an interpreter that does nothing."""
    return run(sandbox, "")


@pytest.mark.parametrize(
    "code",
    [
        f"{BURN}burn(0.3)",
        f"{BURN}import os\nif os.fork() == 0:\n    burn(0.3)\n    os._exit(0)\nos.wait()",
        # It is not waited for: rusage of children loses it (getrusage(2), RUSAGE_CHILDREN).
        f"{BURN}import os, signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "r, w = os.pipe()\nif os.fork() == 0:\n    burn(0.3)\n    os._exit(0)\nos.close(w)\nos.read(r, 1)",
        # Its parent is gone: PID 1 inherits it.
        f"{BURN}import os\nr, w = os.pipe()\nif os.fork() == 0:\n    if os.fork() == 0:\n        burn(0.3)\n"
        "        os._exit(0)\n    os._exit(0)\nos.wait()\nos.close(w)\nos.read(r, 1)",
        f"{BURN}import threading\nt = threading.Thread(target=burn, args=(0.3, time.thread_time))\nt.start()\nt.join()",
        f"{BURN}import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN + 'burn(0.3)'!r}])",
        # Still running when the program ends, and killed then.
        f"{BURN}import os, time\nif os.fork() == 0:\n    burn(10)\ntime.sleep(0.6)",
    ],
    ids=["itself", "child", "ignored-child", "orphan", "thread", "subprocess", "killed-at-the-end"],
)
def test_cpu_time_of_every_process_is_counted(sandbox: Sandbox, empty: RunResult, code: str) -> None:
    assert cpu_s(run(sandbox, code)) >= 0.29


def test_waiting_costs_nothing(sandbox: Sandbox, empty: RunResult) -> None:
    # The interpreter's own end, which takes longer after a pause, is left out.
    result = run(sandbox, "import os, time; time.sleep(0.5); os._exit(0)")
    assert cpu_s(result) < cpu_s(empty) + 0.03
    assert result.usage.wall_time_ns > 500_000_000


def test_cpu_time_agrees_with_the_program_s_own_clock(sandbox: Sandbox) -> None:
    """Ours holds what came before the program's first line, too. The interpreter's own end would take 4 to 40 ms."""
    code = f"{BURN}burn(0.2)\nprint(time.process_time(), flush=True)\nimport os\nos._exit(0)"
    differences = []
    for _ in range(7):
        result = run(sandbox, code)
        differences.append(cpu_s(result) - float(result.stdout))
    assert all(difference > 0 for difference in differences)
    assert statistics.median(differences) < 0.02


def test_the_supervisor_s_own_time_is_not_the_program_s(sandbox: Sandbox) -> None:
    """Reading a megabyte of output in small pieces costs zuko-init time, and the program little."""
    code = "import os, time\nfor _ in range(4000): os.write(1, b'x' * 100)\n"
    code += "print(time.process_time(), flush=True)\nos._exit(0)"
    result = run(sandbox, code)
    own = float(result.stdout.rsplit(b"x", 1)[-1])
    assert cpu_s(result) - own < 0.02


def test_forty_megabytes_read_forty_megabytes(sandbox: Sandbox, empty: RunResult) -> None:
    """Allocated and touched: within 2 MB of the truth."""
    touched = run(sandbox, "x = bytearray(40 * 1024 * 1024)\nfor i in range(0, len(x), 4096): x[i] = 1")
    assert abs(peak_kib(touched) - peak_kib(empty) - 40 * 1024) < 2 * 1024


def test_memory_that_is_only_reserved_does_not_count(sandbox: Sandbox, empty: RunResult) -> None:
    reserved = run(sandbox, "import mmap; m = mmap.mmap(-1, 40 << 20)")
    assert peak_kib(reserved) - peak_kib(empty) < 2 * 1024


def test_memory_that_was_given_back_counts(sandbox: Sandbox, empty: RunResult) -> None:
    freed = run(sandbox, "import mmap; m = mmap.mmap(-1, 40 << 20); m.write(bytes(40 << 20)); m.close()")
    assert peak_kib(freed) - peak_kib(empty) > 39 * 1024


@pytest.mark.parametrize("end", ["os.wait()", "os.close(w); os.read(r, 1)"], ids=["waited-for", "left-to-pid-1"])
def test_memory_of_a_child_counts(sandbox: Sandbox, end: str) -> None:
    """The peak of the largest process is reported, whichever process waited for it."""
    grow = "x = bytearray(40 << 20)\n    for i in range(0, len(x), 4096): x[i] = 1"
    result = run(sandbox, f"import os\nr, w = os.pipe()\nif os.fork() == 0:\n    {grow}\n    os._exit(0)\n{end}")
    assert peak_kib(result) > 40 * 1024


def test_the_floor_is_low(engine: Engine, sandbox: Sandbox, empty: RunResult) -> None:
    """ru_maxrss of a child starts at its parent's: a large supervisor would be in every figure. A warm runtime makes
    the boxes of its own language alone, and has at most the memory of the smallest program of it."""
    with engine.start_sandbox(replace(SETTINGS.sandbox(PYTHON), warm=None)) as cold:
        assert peak_kib(run(cold, "", argv=("/bin/true",))) < 2 * 1024
    assert peak_kib(run(sandbox, "", argv=("/bin/true",))) <= peak_kib(empty)


def test_one_run_s_peak_is_not_in_the_next(sandbox: Sandbox, empty: RunResult) -> None:
    """Neither a large program nor a large output leaves anything in the next figure."""
    run(sandbox, "x = bytearray(60 << 20)\nfor i in range(0, len(x), 4096): x[i] = 1\nprint('y' * 1000000)")
    assert abs(peak_kib(run(sandbox, "")) - peak_kib(empty)) < 1024


PROGRAMS = {
    "empty": "",
    "cpu": f"{BURN}burn(0.4)",
    "memory": "x = bytearray(30 << 20)\nfor i in range(0, len(x), 4096): x[i] = 1",
    "child": f"{BURN}import os\nif os.fork() == 0:\n    x = b'x' * (20 << 20)\n    burn(0.3)\n    os._exit(0)\n"
    "os.wait()",
    "system": "import os\nfor _ in range(100000): os.getppid(); os.stat('/')",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_agreement_with_gnu_time(sandbox: Sandbox, name: str) -> None:
    """GNU time in the same image, around the same program in the same run, makes the same call as zuko-init.

    Its CPU time has ticks of 10 ms, rounded down for user and system time each; its own cost is about 1 ms.
    """
    result = run(sandbox, PROGRAMS[name], argv=("/usr/bin/time", "-v", *PYTHON.run_argv))
    report = result.stderr.decode()
    user, system, peak = (
        float(re.search(rf"{label}: ([\d.]+)", report)[1])  # type: ignore[index]
        for label in (r"User time \(seconds\)", r"System time \(seconds\)", r"Maximum resident set size \(kbytes\)")
    )
    assert -0.002 <= cpu_s(result) - (user + system) < 0.02 + 0.005
    assert abs(peak_kib(result) - peak) <= 0.03 * peak


def test_wall_time_is_the_program_s(sandbox: Sandbox) -> None:
    result = run(sandbox, "import time; start = time.monotonic(); time.sleep(0.3); print(time.monotonic() - start)")
    assert 0 < result.usage.wall_time_ns / 1e9 - float(result.stdout) < 0.3


def test_figures_do_not_depend_on_what_is_printed_or_read(sandbox: Sandbox) -> None:
    """Standard input is a file in memory: reading it is the program's cost, holding it is not."""
    small, large = (
        sandbox.run(
            Run(
                PYTHON.run_argv,
                Limits(20_000),
                files=(SourceFile("main.py", b""),),
                input_data=b"x" * size,
                env=PYTHON.env,
            )
        )
        for size in (1, 5 << 20)
    )
    assert abs(peak_kib(large) - peak_kib(small)) < 1024
    assert abs(cpu_s(large) - cpu_s(small)) < 0.03


def test_json_of_figures(sandbox: Sandbox) -> None:
    """Every figure has a plausible size: seconds are not milliseconds, bytes are not pages."""
    result = run(
        sandbox, "import json, resource; u = resource.getrusage(0); print(json.dumps([u.ru_maxrss, u.ru_utime]))"
    )
    maxrss_kib, user_s = json.loads(result.stdout)
    assert abs(peak_kib(result) - maxrss_kib) < 1024
    assert cpu_s(result) >= user_s
