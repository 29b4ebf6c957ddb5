"""Latency of one hello-world: bare, through the API, and with `docker run --rm`, measured in turn."""

import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Final

from benchmarks import host
from benchmarks.client import execute_request
from benchmarks.host import Bare, DockerRun, Server
from benchmarks.table import Table, percentile

BARE: Final = "bare interpreter"
DOCKER_RUN: Final = "docker run --rm"
WARM_AIM: Final = 0.5  # times the bare interpreter's p50
AIM_MS: Final = 2.5  # at most this much above it, where the interpreter starts cold
DOCKER_EVERY: Final = 4  # rounds: it is slow, and far from the others
WARM_UP: Final = 3

SLOW: Final = frozenset({host.CONTAINER, DOCKER_RUN})  # each ends a container

Sample = tuple[float, float | None]  # total; the part in the sandbox, by its own clock


def run(quick: bool) -> list[Table]:
    """Measure one sample of each in every round, in random order."""
    rounds = 40 if quick else 150
    samples: dict[str, list[Sample]] = defaultdict(list)
    request = execute_request(host.HELLO, host.HELLO_INPUT)
    with host.scratch() as directory, host.servers() as servers:
        bare = Bare(directory)

        def take_bare() -> Sample:
            spent = bare.run()
            return _checked(spent.wall_ms, spent.stdout), None

        def take(server: Server) -> Callable[[], Sample]:
            def one() -> Sample:
                told = server.client.execute(request)
                return _checked(told["total_ms"], told["stdout"]), told["wall_time_ms"]

            return one

        takers = {BARE: take_bare} | {name: take(server) for name, server in servers.items()}
        if host.has_docker_command():
            docker_run = DockerRun()

            def take_docker() -> Sample:
                spent = docker_run.run()
                return _checked(spent.wall_ms, spent.stdout), None

            takers[DOCKER_RUN] = take_docker
        order = random.Random(1)
        previous = ""
        for turn in range(-WARM_UP, rounds):
            names = [name for name in takers if name != DOCKER_RUN or turn % DOCKER_EVERY == 0]
            order.shuffle(names)
            for name in names:
                for server in servers.values():  # this sample must not include the engine's work for another one
                    server.wait_full()
                time.sleep(host.SETTLE_S if previous in SLOW else 0)
                previous = name
                sample = takers[name]()
                if turn >= 0:
                    samples[name].append(sample)
    return [_table(samples)]


def _checked(elapsed_ms: float, stdout: str) -> float:
    if stdout != host.HELLO_OUTPUT:
        raise RuntimeError(f"a wrong answer: {stdout[:200]!r}")
    return elapsed_ms


def _table(samples: dict[str, list[Sample]]) -> Table:
    table = Table(
        "latency of a hello-world that reads its input, ms",
        ("", "p50 / bare", "p50 - bare", "p50", "p95", "p99", "in sandbox", "around it", "samples", "aim"),
    )
    floor = percentile([total for total, _ in samples[BARE]], 50)
    for name in (BARE, *host.WAYS, DOCKER_RUN):
        if not samples[name]:
            continue
        totals = [total for total, _ in samples[name]]
        inner = [own for _, own in samples[name] if own is not None]
        around = [total - own for total, own in samples[name] if own is not None]
        above, ratio = percentile(totals, 50) - floor, percentile(totals, 50) / floor
        aim = ""
        if name == host.WARM:
            aim = table.aim(f"at most {WARM_AIM:g} of bare", ratio <= WARM_AIM)
        elif inner:
            aim = table.aim(f"at most +{AIM_MS:g} ms", above <= AIM_MS)
        table.rows.append(
            (
                name,
                f"{ratio:.2f}",
                f"{above:+.2f}",
                *(f"{percentile(totals, percent):.2f}" for percent in (50, 95, 99)),
                f"{statistics.median(inner):.2f}" if inner else "",
                f"{statistics.median(around):.2f}" if around else "",
                str(len(totals)),
                aim,
            )
        )
    return table
