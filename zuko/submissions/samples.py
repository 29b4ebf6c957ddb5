"""The gauges of a process at one moment: its sandboxes, its worker, and the queue of its store."""

from collections.abc import Iterator
from typing import Final

import zuko
from zuko.execution.executor import Executor
from zuko.submissions.model import Depth
from zuko.submissions.opening import StoreAccess
from zuko.submissions.station import Station
from zuko.telemetry import metrics
from zuko.telemetry.metrics import Sample

DEPTH_S: Final = 3.0  # that figures wait for the store's depth; less than Prometheus waits for all of them


def samples_of(executor: Executor, station: Station, stores: StoreAccess, depth: Depth | None) -> Iterator[Sample]:
    """Yield the gauges of a process.

    Args:
        executor: of the process.
        station: has its worker.
        stores: of the process.
        depth: of the queue; None: the store does not answer, or there is none.
    """
    yield Sample(metrics.BUILD, 1, (zuko.__version__,))
    yield from _of_sandboxes(executor)
    yield from _of_worker(station)
    if stores.is_wanted:
        yield Sample(metrics.STORE_UP, depth is not None)
    if depth is not None:
        yield Sample(metrics.SUBMISSIONS, depth.queued, ("queued",))
        yield Sample(metrics.SUBMISSIONS, depth.running, ("running",))
        yield Sample(metrics.OLDEST, depth.oldest_s or 0)


def _of_sandboxes(executor: Executor) -> Iterator[Sample]:
    status = executor.status()
    yield Sample(metrics.SLOTS, status.slots)
    yield Sample(metrics.WAITING, status.waiting)
    for image, census in executor.census().items():
        yield Sample(metrics.SANDBOXES, census.ready, (image, "ready"))
        yield Sample(metrics.SANDBOXES, census.starting, (image, "starting"))
        yield Sample(metrics.SANDBOXES, census.busy, (image, "busy"))
        yield Sample(metrics.CELLS, len(census.cell_ages_s), (image,))
        yield Sample(metrics.CELL_AGE, max(census.cell_ages_s, default=0), (image,))


def _of_worker(station: Station) -> Iterator[Sample]:
    if not station.has_worker:
        return
    worker = station.worker
    yield Sample(metrics.CLAIMING, worker is not None and worker.is_claiming)
    yield Sample(metrics.FACTOR, (worker.factor if worker else None) or 0)
    for stage, count in (worker.stages if worker else {}).items():
        yield Sample(metrics.HELD, count, (stage,))
