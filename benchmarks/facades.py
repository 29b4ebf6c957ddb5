"""Façades beside our own interface: what another system's request adds to a hello-world, on one server."""

import random
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from benchmarks import host
from benchmarks.client import execute_request, post_request
from benchmarks.host import Server
from benchmarks.table import Table, percentile
from zuko.settings import FACADES

Sample = tuple[float, float]  # time and CPU time, ms

AIM_MS: Final = 1.0  # above our own
EXECUTE: Final = "POST /api/v1/execute"
STORED: Final = "POST /api/v1/submissions, GET …?wait"
_WARM_UP: Final = 5
_MEMORY_MIB: Final = 128  # Python's default: another one would be set before the run, which takes 13 ms

# The requests that clients make, and the output in their answers.
_REQUESTS: Final[dict[str, tuple[str, dict[str, Any], Callable[[Any], str]]]] = {
    "piston": (
        "/api/v2/execute",
        {"language": "python", "version": "*", "files": [{"content": host.HELLO}], "stdin": host.HELLO_INPUT},
        lambda told: told["run"]["stdout"],
    ),
    "judge0": (
        "/submissions?wait=true",
        {"language_id": 71, "source_code": host.HELLO, "stdin": host.HELLO_INPUT},
        lambda told: told["stdout"],
    ),
    "sandboxfusion": (
        "/run_code",
        {"language": "python", "code": host.HELLO, "stdin": host.HELLO_INPUT, "memory_limit_MB": _MEMORY_MIB},
        lambda told: told["run_result"]["stdout"],
    ),
    "jobe": (
        "/jobe/index.php/restapi/runs",
        {
            "run_spec": {
                "language_id": "python3",
                "sourcecode": host.HELLO,
                "input": host.HELLO_INPUT,
                "parameters": {"memorylimit": _MEMORY_MIB},
            }
        },
        lambda told: told["stdout"],
    ),
}


def run(quick: bool) -> list[Table]:
    """Measure one request of each in every round, in random order."""
    rounds = 40 if quick else 300
    samples: dict[str, list[Sample]] = defaultdict(list)
    with host.scratch() as directory:
        store = f"sqlite:///{directory / 'submissions.db'}"
        with Server(ZUKO_FACADES=",".join(FACADES), ZUKO_STORE=store) as server:
            server.wait_full()
            takers = _takers(server)
            order = random.Random(1)
            for number in range(-_WARM_UP, rounds):
                names = [*takers]
                order.shuffle(names)
                for name in names:
                    server.wait_full()
                    spent_ms = _cpu_ms(server.process.pid)
                    elapsed_ms = takers[name]()
                    if number >= 0:
                        samples[name].append((elapsed_ms, _cpu_ms(server.process.pid) - spent_ms))
    return [_table(samples)]


def _cpu_ms(pid: int) -> float:
    """Return the CPU time of a process so far: of its threads that are alive, which are those that serve requests."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e6


def _takers(server: Server) -> dict[str, Callable[[], float]]:
    """Return what takes a sample of each, ms."""

    def take(request: bytes, output: Callable[[Any], str]) -> Callable[[], float]:
        def one() -> float:
            answer = server.client.send(request)
            if answer.status not in (200, 201) or output(answer.json()) != host.HELLO_OUTPUT:
                raise RuntimeError(f"a wrong answer, {answer.status}: {answer.body[:300]!r}")
            return answer.elapsed_ms

        return one

    submit = post_request(
        "/api/v1/submissions", {"language": "python", "code": host.HELLO, "input_data": host.HELLO_INPUT}
    )

    def take_stored() -> float:
        begun = time.perf_counter()
        submission_id = server.client.send(submit).json()["id"]
        told = server.client.get(f"/api/v1/submissions/{submission_id}?wait=20").json()
        elapsed_ms = (time.perf_counter() - begun) * 1000
        if told["result"]["stdout"] != host.HELLO_OUTPUT:
            raise RuntimeError(f"a wrong result: {told}")
        return elapsed_ms

    own = {
        EXECUTE: take(execute_request(host.HELLO, host.HELLO_INPUT), lambda told: told["stdout"]),
        STORED: take_stored,
    }
    return own | {name: take(post_request(path, sent), output) for name, (path, sent, output) in _REQUESTS.items()}


def _table(samples: dict[str, list[Sample]]) -> Table:
    title = "a hello-world by another system's request, ms; CPU time is that of the service"
    table = Table(title, ("", "p50", "p95", f"p50 - {EXECUTE}", "CPU p50", "CPU p50 - own", "aim"))
    for name in sorted(samples):
        wall, cpu = zip(*samples[name], strict=True)
        row = (f"{percentile(wall, 50):.1f}", f"{percentile(wall, 95):.1f}", f"{percentile(cpu, 50):.1f}")
        if name not in _REQUESTS:
            table.rows.append((name, *row[:2], "", row[2], "", ""))
            continue
        own_wall, own_cpu = zip(*samples[EXECUTE], strict=True)
        more = percentile(wall, 50) - percentile(own_wall, 50)
        more_cpu = percentile(cpu, 50) - percentile(own_cpu, 50)
        aim = table.aim(f"at most +{AIM_MS:g} ms", more <= AIM_MS)
        table.rows.append((name, *row[:2], f"{more:+.2f}", row[2], f"{more_cpu:+.2f}", aim))
    return table
