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

BARE: Final = "bare interpreter"
DOCKER_RUN: Final = "docker run --rm"
CLIENTS: Final = (1, 2, 4, 8)
RATE_AIMS: Final = {host.WARM: 1.5, host.COLD: 0.85}  # of the bare interpreter's rate
CPU_AIM_MS: Final = 7.0  # an execution, by default: service, engine, kernel threads and the load's clients
DOCKER_RUN_AIM: Final = 2.0  # times the rate of docker run --rm, with a container each
SLOW: Final = frozenset({host.CONTAINER, DOCKER_RUN})  # these need a longer window


def run(quick: bool) -> list[Table]:
    """Measure all systems in turn, in many rounds, because the machine's own speed changes within seconds."""
    rounds, clients = (1, CLIENTS[::2]) if quick else (5, CLIENTS)
    rates: dict[tuple[int, str], list[Rate]] = defaultdict(list)
    background = Rate(0, 0, 0, 0)
    steal = host.steal_s()
    with host.scratch() as directory, host.servers() as servers:
        makers = _makers(directory, servers)
        for _ in range(rounds):
            for count in clients:
                for name, make in makers.items():
                    _wait_full(servers)
                    warm_up_s, window_s = (1.5, 3.0) if name in SLOW else (0.5, 1.5)
                    rates[count, name].append(drive(make, count, warm_up_s, window_s))
                _wait_full(servers)
                background += idle(0.5)
    table = _table(rates, clients)
    table.notes += [
        "/ bare, / docker run: the median of the rounds' ratios; per s, CPU ms: of all rounds together.",
        "CPU ms: everything on this machine, clients too, for one execution; client: the load generator's own part.",
        f"Background: {background.machine_cpu_s / background.window_s * 1000:.0f} ms of CPU a second with all servers"
        f" idle; the hypervisor took {host.steal_s() - steal:.1f} s from us.",
    ]
    return [table]


def _wait_full(servers: dict[str, Server]) -> None:
    for server in servers.values():
        server.wait_full()


def _makers(directory: Path, servers: dict[str, Server]) -> dict[str, Make]:
    request = execute_request(host.HELLO, host.HELLO_INPUT)

    def bare(_: int) -> Callable[[], object]:
        return Bare(directory).run

    def api(server: Server) -> Make:
        def make(_: int) -> Callable[[], object]:
            client = Client(server.port)
            return lambda: client.execute(request)

        return make

    makers: dict[str, Make] = {BARE: bare} | {name: api(server) for name, server in servers.items()}
    if host.has_docker_command():
        makers[DOCKER_RUN] = lambda number: DockerRun(number).run
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

        for name in (BARE, *host.WAYS, DOCKER_RUN):
            if (count, name) not in rates:
                continue
            rate = sum(rates[count, name], Rate(0, 0, 0, 0))
            to_bare = ratio(name, BARE)
            to_docker_run = ratio(name, DOCKER_RUN) if (count, DOCKER_RUN) in rates else None
            aim = cpu_aim = ""
            if name in RATE_AIMS:
                aim = table.aim(f"{RATE_AIMS[name]:g} of bare", to_bare >= RATE_AIMS[name])
            elif name == host.CONTAINER and to_docker_run is not None:
                aim = table.aim(f"{DOCKER_RUN_AIM:g} x docker run", to_docker_run >= DOCKER_RUN_AIM)
            if name == host.WARM:
                cpu_aim = table.aim(f"at most {CPU_AIM_MS:g} ms of CPU", rate.cpu_ms <= CPU_AIM_MS)
            table.rows.append(
                (
                    name,
                    str(count),
                    f"{to_bare:.2f}",
                    "" if to_docker_run is None else f"{to_docker_run:.1f}",
                    f"{rate.per_s:.1f}",
                    f"{rate.cpu_ms:.1f}",
                    f"{rate.client_cpu_s / rate.executions * 1000:.2f}",
                    "; ".join(filter(None, (aim, cpu_aim))),
                )
            )
    return table
