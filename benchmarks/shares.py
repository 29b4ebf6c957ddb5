"""A hello-world of one caller beside a flood of another's programs, which take all the places that they can get."""

import contextlib
import socket
import time
from collections.abc import Iterator
from typing import Final

from benchmarks import host
from benchmarks.client import Client, execute_request
from benchmarks.host import Server
from benchmarks.table import Table, percentile

AIM_MS: Final = 1000.0
WAITING: Final = 200
_HELLO, _FLOOD = "192.0.2.1", "192.0.2.2"  # callers, by the address that a proxy on this machine names
_QUEUE: Final = {"ZUKO_QUEUE_SIZE": "256", "ZUKO_QUEUE_TIMEOUT_S": "600"}
_WARM_UP: Final = 5
_PLACES_S: Final = 30.0
_COMPUTING_S: Final = 0.5
_COMPUTES: Final = f"import time\nwhile time.process_time() < {_COMPUTING_S}: pass"
_SLEEPS: Final = "import time; time.sleep(20)"
# A flood, its program, and the settings: one run less than there are slots, or none that would bound it.
_FLOODS: Final[tuple[tuple[str, str, dict[str, str]], ...]] = (
    ("that sleep 20 s; ZUKO_CALLER_RUNS=1", _SLEEPS, {"ZUKO_CALLER_RUNS": "1"}),
    (f"that compute {_COMPUTING_S:g} s; ZUKO_CALLER_RUNS=1", _COMPUTES, {"ZUKO_CALLER_RUNS": "1"}),
    (f"that compute {_COMPUTING_S:g} s; no limit", _COMPUTES, {}),
)


def run(quick: bool) -> list[Table]:
    """Measure a hello-world alone, and beside each flood, on a server for two runs at a time."""
    rounds = 10 if quick else 40
    table = Table(
        f"a hello-world beside {WAITING} programs of another caller, two runs at a time, ms",
        ("", "p50", "p95", "most", "samples", "aim"),
    )
    for name, code, settings in _FLOODS:
        with Server(ZUKO_CONCURRENCY="2", **_QUEUE, **settings) as server:
            server.wait_full()
            if not table.rows:
                _add(table, "nothing", _samples(server.client, rounds), aim=False)
            with _flood(server, code):
                _add(table, name, _samples(server.client, rounds), aim=True)
                _check(server)
    return [table]


def _request(code: str, caller: str, *, timeout_s: int = 10, input_data: str = "") -> bytes:
    request = execute_request(code, input_data, timeout_s)
    return request.replace(b"\r\n", f"\r\nX-Forwarded-For: {caller}\r\n".encode(), 1)


def _samples(client: Client, rounds: int) -> list[float]:
    request = _request(host.HELLO, _HELLO, input_data=host.HELLO_INPUT)
    return [client.execute(request)["total_ms"] for _ in range(-_WARM_UP, rounds)][_WARM_UP:]


@contextlib.contextmanager
def _flood(server: Server, code: str) -> Iterator[None]:
    """Have programs run and wait during the block. Those that are left end with it: their clients leave."""
    with contextlib.ExitStack() as sockets:
        for _ in range(WAITING):
            one = sockets.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            one.sendall(_request(code, _FLOOD, timeout_s=20))
        deadline = time.monotonic() + _PLACES_S
        while _waiting(server) < WAITING * 3 // 4:
            if time.monotonic() > deadline:
                raise RuntimeError("the flood does not wait")
        yield


def _check(server: Server) -> None:
    if not _waiting(server):
        raise RuntimeError("the flood ended before the last sample")


def _waiting(server: Server) -> int:
    time.sleep(0.25)  # readiness is kept for a while
    waiting: int = server.client.get("/readyz").json()["waiting"]
    return waiting


def _add(table: Table, name: str, samples: list[float], *, aim: bool) -> None:
    figures = (percentile(samples, 50), percentile(samples, 95), max(samples))
    claim = table.aim(f"at most {AIM_MS:g} ms", figures[2] <= AIM_MS) if aim else ""
    table.rows.append((name, *(f"{figure:.1f}" for figure in figures), str(len(samples)), claim))
