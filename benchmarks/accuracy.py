"""Accuracy of CPU times: one program that prints its own, here and under the bare interpreter: alone, with a neighbour
that wants every core and all of the memory's bandwidth, and on a core that programs which sleep have lent."""

import contextlib
import os
import signal
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from benchmarks import host
from benchmarks.client import Client, execute_request
from benchmarks.host import Bare, Server
from benchmarks.table import Table, variation

TARGET_MS: Final = 500  # of CPU time, typical for programs under a time limit
SPREAD_AIM: Final = 0.2  # %
BLOCK: Final = 5  # runs between two switches of the neighbour
_PROGRAM: Final = "import time\nn = 0\nfor i in range({count}):\n    n += i * i % 7\nprint(time.process_time())\n"
_NEIGHBOUR: Final = "a = bytearray(1 << 26)\nb = bytes(1 << 26)\nwhile True:\n    a[:] = b\n    sum(range(20000))\n"

# Wakes up now and then, for less than a millisecond.
_SLEEPER: Final = (
    "import time\nend = time.monotonic() + {seconds}\nwhile time.monotonic() < end:\n    time.sleep(0.05)\n"
)
_CONDITIONS: Final = {
    "idle": "idle",
    "neighbour": "beside a noisy neighbour",
    "sleepers": "beside programs that sleep",
}

Sample = tuple[float, float]  # the CPU time measured from outside; the program's own; ms


def run(quick: bool) -> list[Table]:
    """Run blocks of a few runs in each condition, ours and the bare interpreter in turn."""
    runs = 10 if quick else 30
    samples: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    with host.scratch() as directory, Server() as server, _neighbours() as neighbours:
        program = _calibrated(directory)
        bare = Bare(directory, program)
        request = execute_request(program, timeout_s=20)
        server.wait_full().client.execute(request)
        for block in range(len(_CONDITIONS) * runs // BLOCK):
            condition = tuple(_CONDITIONS)[block % len(_CONDITIONS)]
            for process in neighbours:
                os.kill(process.pid, signal.SIGCONT if condition == "neighbour" else signal.SIGSTOP)
            with _sleepers(server) if condition == "sleepers" else contextlib.nullcontext():
                time.sleep(0.1)  # until the neighbours are on their cores, or off them
                for _ in range(BLOCK):
                    told = server.client.execute(request)
                    samples[condition, "ours"].append((told["time_used"], float(told["stdout"]) * 1000))
                    spent = bare.run()
                    samples[condition, "bare"].append((spent.cpu_ms, float(spent.stdout) * 1000))
    return [_table(samples)]


def _calibrated(directory: Path) -> str:
    """Return a program that takes about `TARGET_MS` on this host."""
    count = 2_000_000
    probe = Bare(directory, _PROGRAM.format(count=count))
    own_ms = statistics.median(float(probe.run().stdout) * 1000 for _ in range(5))
    return _PROGRAM.format(count=int(count * TARGET_MS / own_ms))


@contextlib.contextmanager
def _neighbours() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Start a noisy process on each core, stopped at first."""
    processes = []
    try:
        for core in range(host.CORES):
            process = subprocess.Popen([sys.executable, "-c", _NEIGHBOUR])
            processes.append(process)
            process.send_signal(signal.SIGSTOP)
            os.sched_setaffinity(process.pid, {core})
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


@contextlib.contextmanager
def _sleepers(server: Server) -> Iterator[None]:
    """Have twice as many programs sleep in the service as it has slots; wait for their ends."""
    code = _SLEEPER.format(seconds=1 + 2.5 * BLOCK * TARGET_MS / 1000)
    request = execute_request(code, timeout_s=20)

    def sleep(_: int) -> None:
        with Client(server.port) as client:
            client.execute(request)

    with ThreadPoolExecutor(2 * host.CORES) as threads:
        asleep = [threads.submit(sleep, number) for number in range(2 * host.CORES)]
        yield
        for each in asleep:
            each.result()


def _table(samples: dict[tuple[str, str], list[Sample]]) -> Table:
    table = Table(
        f"accuracy of CPU time, a program of about {TARGET_MS / 1000:g} s that prints its own",
        ("", "CV / bare", "CV %", "spread %", "mean ms", "above own ms", "runs", "aim: CV", "aim: spread"),
        notes=[
            "CV: coefficient of variation of the CPU time, next to the bare interpreter's rusage in the same run.",
            "spread: standard deviation of the CPU time divided by the program's own, which ends at its print.",
        ],
    )
    for condition, title in _CONDITIONS.items():
        floor = variation([outer for outer, _ in samples[condition, "bare"]])
        for who, name in (("ours", "Zuko"), ("bare", "bare interpreter")):
            taken = samples[condition, who]
            outers = [outer for outer, _ in taken]
            spread = statistics.stdev([outer / own for outer, own in taken]) * 100
            ours = who == "ours"
            # The CV of n runs has itself an error of 1 / sqrt(2n): 13 % for 30.
            tolerance = 1 + (2 * len(taken)) ** -0.5
            table.rows.append(
                (
                    f"{name}, {title}",
                    f"{variation(outers) / floor:.2f}",
                    f"{variation(outers):.2f}",
                    f"{spread:.3f}",
                    f"{statistics.mean(outers):.1f}",
                    f"{statistics.median(outer - own for outer, own in taken):.2f}",
                    str(len(taken)),
                    table.aim("no more than bare", variation(outers) <= floor * tolerance) if ours else "",
                    table.aim(f"{SPREAD_AIM:g} %", spread <= SPREAD_AIM) if ours else "",
                )
            )
    return table
