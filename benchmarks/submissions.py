"""Stored submissions beside `/execute`: what the store adds to a hello-world, and how many two workers do a second."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import Final

from benchmarks import host
from benchmarks.client import execute_request, post_request
from benchmarks.host import ROOT, Server
from benchmarks.load import drive
from benchmarks.table import Table, percentile
from tests.harness.postgres import Postgres
from zuko.submissions.make import make_store
from zuko.submissions.model import BATCH_MAX, Kind, NewSubmission, StoredRequest, new_id
from zuko.submissions.parts import digest, divide, join
from zuko.submissions.recent import RecentParts
from zuko.submissions.store import Store

AIMS_MS: Final = {"SQLite": 10.0, "PostgreSQL": 15.0}  # above `/execute`
AIM_RATE: Final = 0.9  # of `/execute`
CLIENTS: Final = 4
WORKERS: Final = 2
CASE_BYTES: Final = 10_000_000
_WARM_UP: Final = 5
_ALL: Final = 10**7
_FIELDS: Final = {"language": "python", "code": host.HELLO, "input_data": host.HELLO_INPUT}


@dataclass(frozen=True, slots=True)
class Done:
    """The rate of a way, and its cost."""

    per_s: float
    cpu_ms: float  # of the whole machine, for each


def run(quick: bool) -> list[Table]:
    """Measure both stores, each in turn with `/execute` on the same server."""
    tables = []
    rounds, count, window_s = (40, 200, 4.0) if quick else (200, 1000, 15.0)
    latency = Table(
        "a hello-world stored and waited for, beside /execute, ms",
        ("", "p50", "p95", "p50 of /execute", "p50 - /execute", "samples", "aim"),
    )
    rate = Table(
        f"hello-worlds by {WORKERS} workers' processes, beside /execute with {CLIENTS} clients",
        ("", "a second", "of /execute", "CPU ms each", "more than /execute", "aim"),
    )
    transfer = Table(
        f"a case of {CASE_BYTES // 1_000_000} MB that a worker judges by, twice",
        ("", "first, ms", "second, ms", "bytes fetched first", "second", "aim"),
    )
    for name, url in _stores():
        direct, stored = _latencies(url, rounds)
        more = percentile(stored, 50) - percentile(direct, 50)
        latency.rows.append(
            (
                name,
                *(f"{percentile(stored, percent):.1f}" for percent in (50, 95)),
                f"{percentile(direct, 50):.1f}",
                f"{more:+.1f}",
                str(rounds),
                latency.aim(f"at most +{AIMS_MS[name]:g} ms", more <= AIMS_MS[name]),
            )
        )
        beside = _executed(window_s)
        done = _worked(url, count)
        ratio = done.per_s / beside.per_s
        rate.rows.append(("/execute", f"{beside.per_s:.1f}", "", f"{beside.cpu_ms:.1f}", "", ""))
        rate.rows.append(
            (
                name,
                f"{done.per_s:.1f}",
                f"{ratio:.2f}",
                f"{done.cpu_ms:.1f}",
                f"{done.cpu_ms - beside.cpu_ms:+.1f}",
                rate.aim(f"at least {AIM_RATE:g}", ratio >= AIM_RATE),
            )
        )
        transfer.rows.append((name, *_transfers(url, transfer)))
    tables += [latency, rate, transfer]
    return tables


@contextmanager
def _open(url: str) -> Iterator[Store]:
    store = make_store(url)
    store.open()
    with closing(store):
        yield store


def _stores() -> Iterator[tuple[str, str]]:
    """Yield the name and the URL of each store; commits wait for the disk, as they do in use."""
    with host.scratch() as directory:
        yield "SQLite", f"sqlite:///{directory / 'submissions.db'}"
    with Postgres("max_connections=100") as postgres:
        store = make_store(postgres.url)
        store.migrate()
        store.close()
        yield "PostgreSQL", postgres.url


def _latencies(url: str, rounds: int) -> tuple[list[float], list[float]]:
    """Return the times of `/execute`, and from submitting to having the result, in turn on one server."""
    direct: list[float] = []
    stored: list[float] = []
    request = execute_request(host.HELLO, host.HELLO_INPUT)
    submit = post_request("/api/v1/submissions", _FIELDS)
    with Server(ZUKO_STORE=url) as server:
        server.wait_full()
        _wait_for_worker(url, 1)
        for number in range(-_WARM_UP, rounds):
            server.wait_full()
            told = server.client.execute(request)
            server.wait_full()
            begun = time.perf_counter()
            answer = server.client.send(submit)
            if answer.status != 202:
                raise RuntimeError(f"the server answered {answer.status}: {answer.body[:300]!r}")
            found = server.client.get(f"/api/v1/submissions/{answer.json()['id']}?wait=20").json()
            elapsed_ms = (time.perf_counter() - begun) * 1000
            if found["state"] != "done" or found["result"]["stdout"] != host.HELLO_OUTPUT:
                raise RuntimeError(f"a wrong result: {found}")
            if number >= 0:
                direct.append(told["total_ms"])
                stored.append(elapsed_ms)
    return direct, stored


def _executed(window_s: float) -> Done:
    """Measure `/execute` with all slots busy."""
    request = execute_request(host.HELLO, host.HELLO_INPUT)
    with Server(ZUKO_STORE="none") as server:
        server.wait_full()

        def make(_: int) -> "Executing":
            return Executing(server.port, request)

        rate = drive(make, CLIENTS, 1.0, window_s)
    return Done(rate.per_s, rate.cpu_ms)


class Executing:
    """A client that executes the same program again and again."""

    def __init__(self, port: int, request: bytes) -> None:
        from benchmarks.client import Client  # noqa: PLC0415 - in the process of the client

        self._client = Client(port)
        self._request = request

    def __call__(self) -> None:
        self._client.execute(self._request)


def _worked(url: str, count: int) -> Done:
    """Measure workers with a full queue, from the first submission to the last result."""
    with ExitStack() as stack:
        store = stack.enter_context(_open(url))
        for number in range(WORKERS):
            stack.enter_context(_worker(url))
            _wait_for_worker(url, number + 1)
        _finish(store, CLIENTS * _WARM_UP)
        busy_s, begun = host.busy_s(), time.monotonic()
        _finish(store, count)
        return Done(count / (time.monotonic() - begun), (host.busy_s() - busy_s) / count * 1000)


def _finish(store: Store, count: int) -> None:
    submissions = [_submission() for _ in range(count)]
    for at in range(0, count, BATCH_MAX):
        store.submit(submissions[at : at + BATCH_MAX], queued_max=_ALL, tenant_max=_ALL)
    begun = time.monotonic()
    while left := (depth := store.depth()).queued + depth.running:
        # Each look costs the store CPU time, which is measured: so there are few while much is left.
        left_s = (time.monotonic() - begun) * left / max(count - left, 1)
        time.sleep(min(max(left_s / 2, 0.01), 0.2))  # the first guesses are far too long


def _submission() -> NewSubmission:
    request, _ = divide(dict(_FIELDS))
    return _new(request, Kind.EXECUTE)


def _new(request: StoredRequest, kind: Kind) -> NewSubmission:
    fingerprint = digest(request.document.encode())
    return NewSubmission(new_id(), "", kind, "python", ("python",), request, fingerprint)


@contextmanager
def _worker(url: str) -> Iterator[None]:
    env = {**os.environ, "ZUKO_STORE": url, "ZUKO_CONCURRENCY": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "zuko", "worker"], cwd=ROOT, env=env, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _wait_for_worker(url: str, count: int) -> None:
    """Wait until so many workers have reported what they have images of, and the speed of the machine is measured."""
    with _open(url) as store:
        deadline = time.monotonic() + 120
        while sum(bool(each.languages and each.factor) for each in store.workers()) < count:
            if time.monotonic() > deadline:
                raise RuntimeError("a worker has not begun")
            time.sleep(0.1)  # a worker's report rings no bell


def _transfers(url: str, table: Table) -> tuple[str, ...]:
    """Judge by the same case twice, as a worker does: the second time its parts are there."""
    case = {"input": "1\n" * (CASE_BYTES // 2), "output": "1\n"}
    request, parts = divide({"language": "python", "code": host.HELLO, "cases": [case]})
    with _open(url) as store:
        store.put_parts({name: parts[name] for name in store.missing_parts(parts)})
        store.submit([_new(request, Kind.JUDGE)], queued_max=_ALL, tenant_max=_ALL)
        recent = RecentParts(store.get_part)
        times_ms, fetched = [], []
        for _ in range(2):
            before, begun = recent.fetched_bytes, time.perf_counter()
            join(request, recent.get)
            times_ms.append((time.perf_counter() - begun) * 1000)
            fetched.append(recent.fetched_bytes - before)
    return (
        *(f"{time_ms:.1f}" for time_ms in times_ms),
        *map(str, fetched),
        table.aim("nothing the second time", fetched[1] == 0),
    )
