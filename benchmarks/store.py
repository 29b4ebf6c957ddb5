"""The stores of submissions: what a submission costs, with few and with very many others queued."""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Final

import psutil

from benchmarks import host
from benchmarks.table import Table
from tests.harness.postgres import Postgres
from zuko.submissions.model import Kind, NewSubmission, State, StoredRequest, new_id
from zuko.submissions.postgres import PostgresStore
from zuko.submissions.sqlite import SqliteStore
from zuko.submissions.store import Store

FEW: Final = 10
MANY: Final = 100_000
AIM: Final = 1.5
TENANTS: Final = 3  # who share the queue
STEPS: Final = ("submit", "claim", "renew", "finish", "read")

_DOCUMENT: Final = '{"language":"python","code":"' + "x" * 900 + '"}'
_RESULT: Final = '{"status":"OK","stdout":"' + "x" * 900 + '"}'
_LANGUAGES: Final = frozenset({"c", "python"})
_WARM_UP: Final = 20
_ALL: Final = 10**7
_BATCH: Final = 1000
_NUMBERS: Final = count()


@dataclass
class Measured:
    """A store, and how long each step of a submission has taken, ms."""

    store: Store
    server: psutil.Process | None  # of the database
    ms: dict[str, list[float]] = field(default_factory=lambda: {step: [] for step in STEPS})
    own_cpu_s: float = 0.0
    server_cpu_s: float = 0.0

    @property
    def cycle_ms(self) -> float:
        """The sum of the steps' medians without the lease, which not every submission renews, nor reads."""
        return sum(statistics.median(self.ms[step]) for step in ("submit", "claim", "finish"))


def run(quick: bool) -> list[Table]:
    """Measure each store with few and with many queued, in turn."""
    many, samples = (MANY // 10, 200) if quick else (MANY, 500)
    tables = []
    for name, opened in (("SQLite", _sqlite), ("PostgreSQL", _postgres)):
        with opened() as (small, large):
            _fill(small.store, FEW)
            _fill(large.store, many)
            for number in range(-_WARM_UP, samples):
                for each in (small, large):
                    _cycle(each, is_sample=number >= 0)
            assert (small.store.depth().queued, large.store.depth().queued) == (FEW, many)
            tables.append(_table(name, small, large, many, samples))
    return tables


@contextmanager
def _sqlite() -> Iterator[tuple[Measured, Measured]]:
    with host.scratch() as directory, ExitStack() as stack:
        stores = [SqliteStore(directory / f"{name}.db") for name in ("small", "large")]
        for store in stores:
            store.open()
            stack.enter_context(closing(store))
        yield Measured(stores[0], None), Measured(stores[1], None)


@contextmanager
def _postgres() -> Iterator[tuple[Measured, Measured]]:
    """Start a server with its own defaults: each commit waits for the disk."""
    with Postgres("shared_buffers=128MB") as server, ExitStack() as stack:
        assert server.process is not None
        process = psutil.Process(server.process.pid)
        stores = []
        for _ in range(2):
            store = PostgresStore(stack.enter_context(server.schema()))
            store.migrate()
            store.open()
            stack.enter_context(closing(store))
            stores.append(store)
        yield Measured(stores[0], process), Measured(stores[1], process)


def _fill(store: Store, queued: int) -> None:
    for first in range(0, queued, _BATCH):
        batch = [_submission() for _ in range(first, min(first + _BATCH, queued))]
        for tenant in {each.tenant for each in batch}:
            own = [each for each in batch if each.tenant == tenant]
            store.submit(own, queued_max=_ALL, tenant_max=_ALL)


def _submission() -> NewSubmission:
    tenant = f"tenant {next(_NUMBERS) % TENANTS}"
    return NewSubmission(new_id(), tenant, Kind.EXECUTE, "python", ("python",), StoredRequest(_DOCUMENT), "0" * 64)


def _cycle(measured: Measured, *, is_sample: bool) -> None:
    """Submit, claim, renew, finish and read, once."""
    store = measured.store
    new = _submission()
    server = _cpu_s(measured.server)
    own = time.process_time()  # to look at the server's costs more than the server
    taken = {}

    def timed[T](step: str, do: Callable[[], T]) -> T:
        started = time.perf_counter()
        result = do()
        taken[step] = (time.perf_counter() - started) * 1000
        return result

    timed("submit", lambda: store.submit([new], queued_max=_ALL, tenant_max=_ALL))
    (claim,) = timed("claim", lambda: store.claim("worker", _LANGUAGES, 1))
    timed("renew", lambda: store.renew("worker", [claim.hold]))
    assert timed("finish", lambda: store.finish(claim.hold, State.DONE, result=_RESULT))
    found = timed("read", lambda: store.get(claim.tenant, claim.hold.id))
    assert found is not None
    assert found.result == _RESULT
    if is_sample:
        for step, ms in taken.items():
            measured.ms[step].append(ms)
        measured.own_cpu_s += time.process_time() - own
        measured.server_cpu_s += _cpu_s(measured.server) - server


def _cpu_s(server: psutil.Process | None) -> float:
    """Return the CPU time of a database and of its processes, with those that have ended."""
    if server is None:
        return 0.0
    cpu_s = sum(server.cpu_times()[:4])
    for process in server.children():
        with suppress(psutil.NoSuchProcess):  # what cleans tables comes and goes
            cpu_s += sum(process.cpu_times()[:2])
    return cpu_s


def _table(name: str, small: Measured, large: Measured, many: int, samples: int) -> Table:
    columns = ("ms", *STEPS, "submissions/s", "CPU ms", "of the server", "aim")
    table = Table(f"the store in {name}", columns)
    for queued, measured in ((FEW, small), (many, large)):
        table.rows.append(
            (
                f"{queued} queued",
                *(f"{statistics.median(measured.ms[step]):.2f}" for step in STEPS),
                f"{1000 / measured.cycle_ms:.0f}",
                f"{measured.own_cpu_s / samples * 1000:.2f}",
                f"{measured.server_cpu_s / samples * 1000:.2f}" if measured.server else "",
                "",
            )
        )
    ratios = {step: _ratio(small.ms[step], large.ms[step]) for step in STEPS}
    met = max(ratios["submit"], ratios["claim"]) <= AIM
    cells = (f"{ratios[step]:.2f}" for step in STEPS)
    table.rows.append(("ratio", *cells, "", "", "", table.aim(f"submit, claim at most {AIM:g}", met)))
    table.notes.append(f"medians of {samples}, taken in turn; load {os.getloadavg()[0]:.1f}")
    return table


def _ratio(few: list[float], many: list[float]) -> float:
    return statistics.median(many) / statistics.median(few)
