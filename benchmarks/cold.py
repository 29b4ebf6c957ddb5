"""Cold starts: from the start of the server's process to its first response."""

import contextlib
import statistics
import time
from typing import Final

from benchmarks import host
from benchmarks.client import execute_request
from benchmarks.host import Server
from benchmarks.table import Table

TIMEOUT_S: Final = 60


def run(quick: bool) -> list[Table]:
    """Measure a few cold starts: only the page cache has parts of the server in memory."""
    starts = 3 if quick else 6
    request = execute_request(host.HELLO, host.HELLO_INPUT)
    listening, answered = [], []
    for start in range(starts + 1):
        started = time.monotonic()
        with Server() as server:
            listening_s = _until(server, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", started)
            answered_s = _until(server, request, started)
            server.wait_full()  # so that it is not stopped while it starts sandboxes
        if start > 0:
            listening.append(listening_s)
            answered.append(answered_s)
    table = Table("first answer after a cold start of the server, s", ("", "median", "shortest", "longest", "starts"))
    for name, values in (("it listens", listening), ("first OK answer", answered)):
        figures = (statistics.median(values), min(values), max(values))
        table.rows.append((name, *(f"{value:.2f}" for value in figures), str(starts)))
    return [table]


def _until(server: Server, request: bytes, started: float) -> float:
    """Return when the server first answers a request with 200, s after its start. An execution waits in its queue."""
    while time.monotonic() < started + TIMEOUT_S and server.process.poll() is None:
        with contextlib.suppress(OSError):
            if server.client.send(request).status == 200:
                return time.monotonic() - started
        time.sleep(0.005)  # there is no event when it begins to listen: poll often, because this time is measured
    raise RuntimeError(f"no answer within {TIMEOUT_S} s, or the server ended (above)")
