"""Our own time around a run: that of `zuko run`, of the first answer of `zuko serve`, and of HTTP."""

import signal
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from benchmarks import host
from benchmarks.client import Client, execute_request
from benchmarks.host import ROOT, Server
from benchmarks.table import Table

RUN_AIM_S: Final = 0.6
SERVE_AIM_S: Final = 1.0
AROUND_AIM_MS: Final = 1.2
WARM_UP: Final = 20  # requests
PAUSE_S: Final = 0.005  # between requests, so that a sandbox is ready again
TIMEOUT_S: Final = 60

_ZUKO: Final = (sys.executable, "-m", "zuko")
_REQUEST: Final = execute_request(host.HELLO, host.HELLO_INPUT)


def run(quick: bool) -> list[Table]:
    """Measure commands in turn, and then many requests of one client."""
    starts, requests = (5, 100) if quick else (15, 400)
    run_s, serve_s = [], []
    with host.scratch() as directory:
        for start in range(starts + 1):
            taken = _run_command(directory), _first_answer()
            if start > 0:  # the first one reads the modules from the disk
                run_s.append(taken[0])
                serve_s.append(taken[1])
    table = Table("our own time around a run", ("", "median", "shortest", "longest", "samples", "aim"))
    _add(table, "zuko run hello.py, s", run_s, RUN_AIM_S)
    _add(table, "zuko serve to its first answer, s", serve_s, SERVE_AIM_S)
    _add(table, "around a run over HTTP, ms", _around(host.WARM, requests), AROUND_AIM_MS)
    _add(table, "around a run over HTTP, a container each, ms", _around(host.CONTAINER, requests // 4), None)
    return [table]


def _run_command(directory: Path) -> float:
    """Return how long `zuko run` takes, from its process's start to its end, s."""
    program = directory / "hello.py"
    program.write_text(host.HELLO)
    started = time.perf_counter()
    done = subprocess.run(
        [*_ZUKO, "run", str(program)],
        cwd=ROOT,
        input=host.HELLO_INPUT.encode(),
        capture_output=True,
        check=True,
        timeout=TIMEOUT_S,
    )
    taken_s = time.perf_counter() - started
    if done.stdout.decode() != host.HELLO_OUTPUT:
        raise RuntimeError(f"a wrong answer: {done.stdout[:200]!r}")
    time.sleep(host.SETTLE_S)  # the engine removes the container
    return taken_s


def _first_answer() -> float:
    """Return the time from the start of `zuko serve` until a program has been run, s."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    started = time.perf_counter()
    process = subprocess.Popen(
        [*_ZUKO, "serve", "--port", str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        with Client(port) as client:
            taken_s = _until_answered(client, process, started)
            while client.get("/readyz").json()["sandboxes_starting"]:
                time.sleep(0.05)  # so that it is not stopped while it starts sandboxes
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(TIMEOUT_S)
    return taken_s


def _until_answered(client: Client, process: "subprocess.Popen[bytes]", started: float) -> float:
    while time.perf_counter() < started + TIMEOUT_S and process.poll() is None:
        try:
            answer = client.send(_REQUEST)
        except OSError:
            time.sleep(0.005)  # it does not listen yet, and there is no event when it does
            continue
        if answer.status != 200 or answer.json()["status"] != "OK":
            raise RuntimeError(f"the server answered {answer.status}: {answer.body[:300]!r}")
        return time.perf_counter() - started
    raise RuntimeError(f"no answer within {TIMEOUT_S} s, or the server ended")


def _around(way: str, requests: int) -> list[float]:
    """Return what a client waits in addition to the wall time that each run reports, ms."""
    around = []
    with Server(**host.WAYS[way]) as server:
        server.wait_full()
        for number in range(-WARM_UP, requests):
            if way == host.CONTAINER:
                server.wait_full()
                time.sleep(host.SETTLE_S)
            told = server.client.execute(_REQUEST)
            if number >= 0:
                around.append(told["total_ms"] - told["wall_time_ms"])
            time.sleep(PAUSE_S)
    return around


def _add(table: Table, name: str, values: list[float], aim: float | None) -> None:
    median = statistics.median(values)
    figures = (f"{value:.2f}" for value in (median, min(values), max(values)))
    met = "" if aim is None else table.aim(f"at most {aim:g}", median <= aim)
    table.rows.append((name, *figures, str(len(values)), met))
