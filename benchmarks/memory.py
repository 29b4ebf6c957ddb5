"""The memory of an idle sandbox, and whether the API process grows."""

from collections.abc import Callable
from typing import Final

from benchmarks import host
from benchmarks.client import Client, execute_request
from benchmarks.host import Server
from benchmarks.load import repeat
from benchmarks.table import Table

MAX_RUNS: Final = 1000
INIT_AIM_KIB: Final = 1024


def run(quick: bool) -> list[Table]:
    """Measure RSS by this host's /proc; with an engine on another host the first table stays empty."""
    first, last = 100, 1000 if quick else 10_000
    with Server(MAX_RUNS) as server:
        supervisors = {"before its first run": _supervisors(server.wait_full())}
        _execute(server, first)
        early = host.rss_kib(server.process.pid)
        supervisors["after some runs"] = _supervisors(server.wait_full())
        _execute(server, last - first)
        late = host.rss_kib(server.process.pid)
    return [_supervisor_table(supervisors), _api_table({first: early, last: late})]


def _execute(server: Server, executions: int) -> None:
    request = execute_request("print(1)")

    def make(_: int) -> Callable[[], object]:
        client = Client(server.port)
        return lambda: client.execute(request)

    repeat(make, host.CORES, executions)


def _supervisors(server: Server) -> list[int]:
    sizes = [host.rss_kib(pid) for pid in host.sandbox_pids(server)]
    return [size for size in sizes if size is not None]


def _supervisor_table(supervisors: dict[str, list[int]]) -> Table:
    table = Table("memory of an idle sandbox's zuko-init, KiB of RSS", ("", "largest", "smallest", "sandboxes", "aim"))
    for when, sizes in supervisors.items():
        if sizes:
            aim = table.aim("under 1 MiB", max(sizes) < INIT_AIM_KIB)
            table.rows.append((when, str(max(sizes)), str(min(sizes)), str(len(sizes)), aim))
    if not table.rows:
        table.notes.append("not measured: the engine's processes are not in this host's /proc")
    return table


def _api_table(sizes: dict[int, int | None]) -> Table:
    table = Table("memory of the API process, MiB of RSS", ("executions", "/ first", "RSS"))
    base = next(iter(sizes.values())) or 0
    for executions, size in sizes.items():
        if size and base:
            table.rows.append((f"after {executions}", f"{size / base:.2f}", f"{size / 1024:.1f}"))
    return table
