"""A round between a submission and its interactor: a line there, and a line back."""

import os
import statistics
import subprocess
import sys
from collections import defaultdict
from typing import Final

from benchmarks import host
from benchmarks.client import judge_events
from benchmarks.host import Server
from benchmarks.table import Table
from zuko.languages.table import PYTHON

ROUNDS: Final = 2000
AIM_US: Final = 60

# Writes the median time of a round, ns, where a jury's program leaves its message.
_ASKS: Final = f"""
import sys, time
from pathlib import Path

taken = []
for number in range({ROUNDS}):
    began = time.perf_counter_ns()
    print(number, flush=True)
    if int(sys.stdin.readline()) != number:
        sys.exit(43)
    taken.append(time.perf_counter_ns() - began)
Path(sys.argv[3], "judgemessage.txt").write_text(str(sorted(taken)[len(taken) // 2]))
sys.exit(42)
"""
_ECHOES: Final = """
import sys

while line := sys.stdin.readline():
    print(line, end="", flush=True)
"""
_ISOLATIONS: Final = {
    "Zuko, from cell to cell": ("auto", f"at most {AIM_US} us"),
    "Zuko, a container each": ("container", ""),
}


def run(quick: bool) -> list[Table]:
    """Judge an echo of many lines, in turn with two processes on pipes."""
    repeats = 3 if quick else 10
    medians: dict[str, list[float]] = defaultdict(list)
    walls: dict[str, list[float]] = defaultdict(list)
    for name, (isolation, _) in _ISOLATIONS.items():
        with Server(ZUKO_READY_LANGUAGES=PYTHON.name, ZUKO_ISOLATION=isolation) as server:
            for turn in range(-1, repeats):
                server.wait_full()
                plain_us = _plain()
                round_us, wall_ms = _judged(server)
                if turn >= 0:
                    medians["two processes on pipes"].append(plain_us)
                    medians[name].append(round_us)
                    walls[name].append(wall_ms)
    table = Table(
        f"a round of two Python programs, median of {ROUNDS}, us",
        ("", "a round", "lowest", "highest", "wall time of the submission, ms", "judged", "aim: a round"),
        notes=["two processes on pipes: on one core of this host, as a submission and its interactor are."],
    )
    for name, taken in medians.items():
        median = statistics.median(taken)
        wall = f"{statistics.median(walls[name]):.0f}" if name in walls else ""
        claim = _ISOLATIONS.get(name, ("", ""))[1]
        aim = table.aim(claim, median <= AIM_US) if claim else ""
        figures = (f"{figure:.0f}" for figure in (median, min(taken), max(taken)))
        table.rows.append((name, *figures, wall, str(len(taken)), aim))
    return [table]


def _judged(server: Server) -> tuple[float, float]:
    """Return the median of a round, us, and the submission's wall time, ms."""
    request = {
        "language": PYTHON.name,
        "code": _ECHOES,
        "cases": [{"output": ""}],
        "interactor": {"language": PYTHON.name, "code": _ASKS},
        "time_limit_ms": 5000,
        "wall_time_limit_ms": 20_000,
    }
    (*_, (_, name, judgement)) = judge_events(server.port, request)
    if name != "judgement" or judgement["verdict"] != "AC":
        raise RuntimeError(f"not accepted: {str(judgement)[:300]}")
    (case,) = judgement["cases"]
    return int(case["checker_message"]) / 1000, float(case["wall_time_ms"])


def _plain() -> float:
    """Return the median of a round of two processes on one core, us."""
    asked_in, asked_out = os.pipe()
    echoed_in, echoed_out = os.pipe()
    with host.scratch() as directory:
        command = ["taskset", "-c", "0", sys.executable, "-c"]
        echoes = subprocess.Popen([*command, _ECHOES], stdin=asked_in, stdout=echoed_out)
        asks = subprocess.Popen([*command, _ASKS, "", "", str(directory)], stdin=echoed_in, stdout=asked_out)
        for descriptor in (asked_in, asked_out, echoed_in, echoed_out):
            os.close(descriptor)
        codes = asks.wait(), echoes.wait()
        if codes != (42, 0):
            raise RuntimeError(f"the processes ended with {codes}")
        return int((directory / "judgemessage.txt").read_text()) / 1000
