"""How many hello-worlds a second, with 1, 2, 4 and 8 clients, and what each costs the whole machine."""

from collections.abc import Callable
from pathlib import Path
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
    """Every way in turn at every number of clients, and all of it again."""
    repeats, clients = (1, CLIENTS[::2]) if quick else (2, CLIENTS)
    rates: dict[tuple[int, str], Rate] = {}
    background = Rate(0, 0, 0, 0)
    steal = host.steal_s()
    with host.scratch() as directory, Server(1) as fresh, Server(100) as reused:
        makers = _makers(directory, fresh, reused)
        for _ in range(repeats):
            for count in clients:
                for name, make in makers.items():
                    fresh.wait_full()
                    reused.wait_full()
                    warm_up_s, window_s = (1.5, 5.0) if name in SLOW else (0.5, 2.5)
                    if quick:
                        window_s *= 0.6
                    rate = drive(make, count, warm_up_s, window_s)
                    rates[count, name] = rates[count, name] + rate if (count, name) in rates else rate
                fresh.wait_full()
                background += idle(0.5)
    table = _table(rates, clients)
    table.notes += [
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


def _table(rates: dict[tuple[int, str], Rate], clients: tuple[int, ...]) -> Table:
    table = Table(
        "throughput of the same hello-world, executions a second",
        ("", "clients", "/ bare", "/ docker run", "per s", "CPU ms", "client CPU ms", "aim"),
    )
    for count in clients:
        floor = rates[count, "bare"].per_s
        slowest = rates[count, "docker run"].per_s if (count, "docker run") in rates else None
        for name, title in _TITLES.items():
            if (count, name) not in rates:
                continue
            rate = rates[count, name]
            aim = ""
            if name == "reused":
                aim = table.aim(f"{REUSED_AIM:g} of bare", rate.per_s >= REUSED_AIM * floor)
            elif name == "fresh" and slowest is not None:
                aim = table.aim(f"{FRESH_AIM:g} x docker run", rate.per_s >= FRESH_AIM * slowest)
            table.rows.append(
                (
                    title,
                    str(count),
                    f"{rate.per_s / floor:.2f}",
                    "" if slowest is None else f"{rate.per_s / slowest:.1f}",
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
