"""The cost of a test case in addition to the program's own time, and the influence of simultaneous cases."""

import statistics
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import host
from benchmarks.client import judge_events
from benchmarks.host import Process, Server
from benchmarks.table import Table, percentile, variation
from zuko.engine.engine import Engine
from zuko.execution.program import compile_limits, compile_run
from zuko.languages.table import CPP
from zuko.settings import Settings
from zuko.types import SourceFile

CASES: Final = 100
AIM_MS: Final = 1.5  # per case, in addition to the program's own time
SPREAD_CASES: Final = 40
SPREAD_MS: Final = 50  # CPU time of the program whose times are compared

_TRIVIAL: Final = """
#include <bits/stdc++.h>
int main()
{
    int a, b;
    std::cin >> a >> b;
    std::cout << a + b << "\\n";
}
"""
_BUSY: Final = """
#include <bits/stdc++.h>
int main()
{
    long count;
    std::cin >> count;
    std::vector<unsigned> table(1 << 14);
    unsigned x = 1;
    for (long i = 0; i < count; i++) {
        x = x * 1664525 + 1013904223;
        table[x >> 18] += x;
    }
    std::cout << std::accumulate(table.begin(), table.end(), 0u) << "\\n";
}
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """Times of the events of one submission; ms."""

    total_ms: float
    first_case_ms: float  # end of the first case: the compilation, and one case
    cases_ms: float  # from then to the end of the last case
    own_ms: list[float]  # wall time of each run, by its sandbox's clock
    cpu_ms: list[float]


def run(quick: bool) -> list[Table]:
    """Judge submissions one after another, in turn with one worker and with all free ones."""
    repeats = 2 if quick else 6
    with host.scratch() as directory, Server(ZUKO_READY_LANGUAGES=CPP.name) as server:
        return [_overhead(server, directory, repeats), _spread(server, directory, max(repeats // 2, 1))]


def _overhead(server: Server, directory: Path, repeats: int) -> Table:
    trivial = Process((_binary(directory, _TRIVIAL),), {}, "1 2\n")
    request = _request(_TRIVIAL, [("1 2\n", "3\n")] * CASES)
    judged: dict[int, list[Judged]] = defaultdict(list)
    bare: list[float] = []
    for turn in range(-1, repeats):
        for workers in (1, host.CORES):
            server.wait_full()
            time.sleep(host.SETTLE_S)
            taken = _judge(server, request, workers)
            processes = [trivial.run().wall_ms for _ in range(CASES)]
            if turn >= 0:
                judged[workers].append(taken)
                bare += processes
    floor = percentile(bare, 50)
    table = Table(
        f"{CASES} trivial cases in C++, ms",
        ("", "a case", "a case - bare", "in sandbox", "first case after", "total", "submissions", "aim: a case"),
        notes=[
            "bare: the same static binary on this host, posix_spawn to wait4, one after another.",
            "first case after: time of its event, including the compilation; total: time of the last event.",
        ],
    )
    table.rows.append(("plain processes", f"{floor:.2f}", "+0.00", "", "", f"{floor * CASES:.0f}", "", ""))
    for workers, taken_by in judged.items():
        each = statistics.median(one.cases_ms / (CASES - 1) for one in taken_by)
        own = statistics.median(ms for one in taken_by for ms in one.own_ms)
        table.rows.append(
            (
                f"Zuko, {_named(workers)}",
                f"{each:.2f}",
                f"{each - floor:+.2f}",
                f"{own:.2f}",
                f"{statistics.median(one.first_case_ms for one in taken_by):.0f}",
                f"{statistics.median(one.total_ms for one in taken_by):.0f}",
                str(len(taken_by)),
                table.aim(f"at most +{AIM_MS:g} ms", each - floor <= AIM_MS) if workers == 1 else "",
            )
        )
    return table


def _spread(server: Server, directory: Path, repeats: int) -> Table:
    binary = _binary(directory, _BUSY)
    count = 10_000_000
    count = int(
        count * SPREAD_MS / statistics.median(Process((binary,), {}, f"{count}\n").run().cpu_ms for _ in range(5))
    )
    busy = Process((binary,), {}, f"{count}\n")
    answer = busy.run().stdout
    request = _request(_BUSY, [(f"{count}\n", answer)] * SPREAD_CASES)
    costs: dict[str, list[float]] = defaultdict(list)
    for _ in range(repeats):
        for workers in (1, host.CORES):
            server.wait_full()
            time.sleep(host.SETTLE_S)
            costs[f"Zuko, {_named(workers)}"] += _judge(server, request, workers).cpu_ms
        costs["plain processes"] += [busy.run().cpu_ms for _ in range(SPREAD_CASES)]
    alone = costs[f"Zuko, {_named(1)}"]
    table = Table(
        f"CPU time of a program of {SPREAD_MS} ms in {SPREAD_CASES} cases, one after another and at the same time",
        ("", "mean ms", "/ one worker", "CV %", "runs", "aim: mean"),
        notes=["Cores that are threads of one core share its resources: there the mean rises with any system."],
    )
    for name, taken in costs.items():
        mean = statistics.mean(taken)
        ratio = mean / statistics.mean(alone)
        told = table.aim("within 3 %", abs(ratio - 1) <= 0.03) if name.endswith("at a time") else ""
        table.rows.append((name, f"{mean:.2f}", f"{ratio:.3f}", f"{variation(taken):.2f}", str(len(taken)), told))
    return table


def _named(workers: int) -> str:
    return "one worker" if workers == 1 else f"{workers} at a time"


def _request(source: str, cases: list[tuple[str, str]]) -> dict[str, object]:
    told = [{"input": given, "output": answer} for given, answer in cases]
    return {"language": CPP.name, "code": source, "cases": told, "time_limit_ms": 5000}


def _judge(server: Server, request: dict[str, object], workers: int) -> Judged:
    events = judge_events(server.port, {**request, "workers": workers})
    (*cases, (total_ms, name, judgement)) = events
    if name != "judgement" or judgement["verdict"] != "AC":
        raise RuntimeError(f"not accepted: {str(judgement)[:300]}")
    times = [elapsed_ms for elapsed_ms, _, _ in cases]
    return Judged(
        total_ms=total_ms,
        first_case_ms=times[0],
        cases_ms=times[-1] - times[0],
        own_ms=[case["wall_time_ms"] for _, _, case in cases],
        cpu_ms=[case["time_used_ms"] for _, _, case in cases],
    )


def _binary(directory: Path, source: str) -> str:
    """Compile a program in a sandbox; return the path of the executable on this host."""
    engine = Engine()
    try:
        with engine.start_sandbox(Settings().sandbox(CPP)) as sandbox:
            files = (SourceFile(CPP.source_name, source.encode()),)
            (made,) = sandbox.run(compile_run(CPP, files, compile_limits(CPP), send=True)).files
    finally:
        engine.close()
    path = directory / f"main{abs(hash(source))}"
    path.write_bytes(made.content)
    path.chmod(0o755)
    return str(path)
