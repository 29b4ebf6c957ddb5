"""Throughput of hello-worlds with 1, 2, 4 and 8 clients, and the cost of each for the whole machine."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import host
from benchmarks.client import Client, execute_request
from benchmarks.host import Bare, DockerRun, Server
from benchmarks.load import Make, Rate, drive, idle
from benchmarks.table import Table

CLIENTS: Final = (1, 2, 4, 8)
REUSED_AIM: Final = 0.85  # of the bare interpreter's rate
FRESH_AIM: Final = 2.0  # times the rate of docker run --rm
SLOW: Final = frozenset({"fresh", "docker run"})  # these need a longer window


def run(quick: bool) -> list[Table]:
    """Measure all systems in turn, in many rounds, because the machine's own speed changes within seconds."""
    rounds, clients = (1, CLIENTS[::2]) if quick else (5, CLIENTS)
    rates: dict[tuple[int, str], list[Rate]] = defaultdict(list)
    background = Rate(0, 0, 0, 0)
    steal = host.steal_s()
    with host.scratch() as directory, Server(1) as fresh, Server(100) as reused:
        makers = _makers(directory, fresh, reused)
        for _ in range(rounds):
            for count in clients:
                for name, make in makers.items():
                    fresh.wait_full()
                    reused.wait_full()
                    warm_up_s, window_s = (1.5, 3.0) if name in SLOW else (0.5, 1.5)
                    rates[count, name].append(drive(make, count, warm_up_s, window_s))
                fresh.wait_full()
                background += idle(0.5)
    table = _table(rates, clients)
    table.notes += [
        "/ bare, / docker run: the median of the rounds' ratios; per s, CPU ms: of all rounds together.",
        "CPU ms: everything on this machine, clients too, for one execution; client: the load generator's own part.",
        f"Background: {background.machine_cpu_s / background.window_s * 1000:.0f} ms of CPU a second with both servers"
        f" idle; the hypervisor took {host.steal_s() - steal:.1f} s from us.",
    ]
    return [table]


def _makers(directory: Path, fresh: Server, reused: Server) -> dict[str, Make]:
    request = execute_request(host.HELLO, host.HELLO_INPUT)

    def bare(_: int) -> Callable[[], object]:
        return Bare(directory).run

    def api(server: Server) -> Make:
        def make(_: int) -> Callable[[], object]:
            client = Client(server.port)
            return lambda: client.execute(request)

        return make

    makers: dict[str, Make] = {"bare": bare, "reused": api(reused), "fresh": api(fresh)}
    if host.has_docker_command():
        makers["docker run"] = lambda number: DockerRun(number).run
    return makers


def _table(rates: dict[tuple[int, str], list[Rate]], clients: tuple[int, ...]) -> Table:
    table = Table(
        "throughput of the same hello-world, executions a second",
        ("", "clients", "/ bare", "/ docker run", "per s", "CPU ms", "client CPU ms", "aim"),
    )
    for count in clients:

        def ratio(name: str, other: str, count: int = count) -> float:
            """Return the median of the rounds' ratios: within a round the two were measured one after the other."""
            pairs = zip(rates[count, name], rates[count, other], strict=True)
            return median(one.per_s / another.per_s for one, another in pairs)

        for name, title in _TITLES.items():
            if (count, name) not in rates:
                continue
            rate = sum(rates[count, name], Rate(0, 0, 0, 0))
            to_bare = ratio(name, "bare")
            to_docker_run = ratio(name, "docker run") if (count, "docker run") in rates else None
            aim = ""
            if name == "reused":
                aim = table.aim(f"{REUSED_AIM:g} of bare", to_bare >= REUSED_AIM)
            elif name == "fresh" and to_docker_run is not None:
                aim = table.aim(f"{FRESH_AIM:g} x docker run", to_docker_run >= FRESH_AIM)
            table.rows.append(
                (
                    title,
                    str(count),
                    f"{to_bare:.2f}",
                    "" if to_docker_run is None else f"{to_docker_run:.1f}",
                    f"{rate.per_s:.1f}",
                    f"{rate.cpu_ms:.1f}",
                    f"{rate.client_cpu_s / rate.executions * 1000:.2f}",
                    aim,
                )
            )
    return table


_TITLES: Final = {
    "bare": "bare interpreter",
    "reused": "Zuko, reused (100 runs)",
    "fresh": "Zuko, fresh (1 run)",
    "docker run": "docker run --rm",
}
