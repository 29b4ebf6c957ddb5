"""The memory of idle cells, and whether anything grows with the number of executions."""

from collections.abc import Callable, Iterable
from typing import Final

from benchmarks import host
from benchmarks.client import Client, execute_request
from benchmarks.host import Server
from benchmarks.load import repeat
from benchmarks.table import Table

INIT_AIM_KIB: Final = 1024
CELL_AIM_KIB: Final = 8 * 1024
GROWTH_AIM: Final = 1.1  # of the service and the engine, from the first to the last reading
_MANY: Final = 100  # executions before the first reading: by then every module is loaded


def run(quick: bool) -> list[Table]:
    """Measure by this host's /proc; with an engine on another host the first table stays empty."""
    return _run((_MANY, 1000 if quick else 10_000))


def soak(quick: bool) -> list[Table]:
    """Measure the same over 100,000 executions, with readings on the way."""
    return _run((_MANY, 1000, 2000) if quick else (_MANY, 1000, 10_000, 30_000, 60_000, 100_000))


def _run(readings: Iterable[int]) -> list[Table]:
    service: dict[int, int | None] = {}
    engine: dict[int, int | None] = {}
    containers: dict[int, int] = {}
    done = 0
    with Server() as server:
        cells = {"before the first run": _cells(server.wait_full())}
        for executions in readings:
            _execute(server, executions - done)
            done = executions
            containers[done] = server.wait_settled()
            service[done] = host.rss_kib(server.process.pid)
            engine[done] = host.engine_rss_kib()
        cells["after the last run"] = _cells(server)
    return [_cell_table(cells), _growth_table(service, engine, containers)]


def _execute(server: Server, executions: int) -> None:
    request = execute_request("print(1)")

    def make(_: int) -> Callable[[], object]:
        client = Client(server.port)
        return lambda: client.execute(request)

    repeat(make, host.CORES, executions)


def _cells(server: Server) -> list[tuple[int, int]]:
    """Return, for each cell, the RSS of its zuko-init and the private memory of all its processes, KiB."""
    found = []
    for pid in host.sandbox_pids(server):
        size, private = host.rss_kib(pid), sum(host.private_kib(each) for each in host.family(pid))
        if size is not None:
            found.append((size, private))
    return found


def _cell_table(cells: dict[str, list[tuple[int, int]]]) -> Table:
    table = Table("memory of an idle cell, KiB, the largest", ("", "zuko-init, RSS", "all, private", "cells", "aim"))
    for when, sizes in cells.items():
        if sizes:
            init, private = (max(column) for column in zip(*sizes, strict=True))
            aims = (
                table.aim("zuko-init under 1 MiB", init < INIT_AIM_KIB),
                table.aim("all under 8 MiB", private < CELL_AIM_KIB),
            )
            table.rows.append((when, str(init), str(private), str(len(sizes)), "; ".join(aims)))
    if table.rows:
        table.notes.append("private: anonymous pages, each counted once")
    else:
        table.notes.append("not measured: the engine's processes are not in this host's /proc")
    return table


def _growth_table(service: dict[int, int | None], engine: dict[int, int | None], containers: dict[int, int]) -> Table:
    table = Table(
        "memory by number of executions, MiB of RSS",
        ("executions", "API process", "/ first", "engine", "/ first", "containers", "aim"),
    )
    first = next(iter(service))
    for executions, count in containers.items():
        growth = [_ratio(sizes[executions], sizes[first]) for sizes in (service, engine)]
        aim = ""
        if executions == max(service):
            known = [each for each in growth if each is not None]
            aim = table.aim(f"at most {GROWTH_AIM:g} of the first", all(each <= GROWTH_AIM for each in known))
        table.rows.append(
            (
                str(executions),
                *(_mib(service[executions]), _times(growth[0]), _mib(engine[executions]), _times(growth[1])),
                str(count),
                aim,
            )
        )
    return table


def _ratio(size: int | None, first: int | None) -> float | None:
    return size / first if size and first else None


def _mib(size_kib: int | None) -> str:
    return "" if size_kib is None else f"{size_kib / 1024:.1f}"


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"
