"""The figures of a service: their names, kinds and labels. Every label has a bounded number of values."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

PATH: Final = "/metrics"  # that Prometheus asks for
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"  # of its text format

# Bounds of histograms, s.
_WAITS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_RUNS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_QUEUED: Final = (0.01, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 3600.0)


class Kind(StrEnum):
    """The kind of a metric, in Prometheus' words."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric; each combination of its labels' values is a series."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()  # upper bounds, of a histogram

    @property
    def series(self) -> tuple[str, ...]:
        """Return the names that a query may use."""
        if self.kind is Kind.HISTOGRAM:
            return tuple(f"{self.name}_{part}" for part in ("bucket", "sum", "count"))
        return (self.name,)


REQUESTS: Final = Metric("zuko_requests_total", Kind.COUNTER, "requests that have ended", ("method", "route", "status"))
RECEIVED: Final = Metric("zuko_received_bytes_total", Kind.COUNTER, "bytes of requests' bodies", ("route",))
SENT: Final = Metric("zuko_sent_bytes_total", Kind.COUNTER, "bytes of responses' bodies", ("route",))
LIMITED: Final = Metric(
    "zuko_limited_total",
    Kind.COUNTER,
    "requests and programs that were refused because their caller has passed a limit: requests, runs, queue, cpu",
    ("limit",),
)
EXECUTIONS: Final = Metric(
    "zuko_executions_total",
    Kind.COUNTER,
    "programs that were run, or could not be run by a failure of ours (status ERROR)",
    ("language", "status", "reason"),
)
JUDGEMENTS: Final = Metric(
    "zuko_judgements_total", Kind.COUNTER, "submissions that were judged", ("language", "verdict")
)
CASES: Final = Metric("zuko_cases_total", Kind.COUNTER, "test cases that were judged", ("language", "verdict"))
QUEUE_WAIT: Final = Metric(
    "zuko_queue_wait_seconds",
    Kind.HISTOGRAM,
    "time from the storing of a submission to its begin by a worker of this process",
    ("kind",),
    _QUEUED,
)
SANDBOX_WAIT: Final = Metric(
    "zuko_sandbox_wait_seconds",
    Kind.HISTOGRAM,
    "time until a program, or the first case of a judging, had its sandbox",
    ("language",),
    _WAITS,
)
CPU_TIME: Final = Metric(
    "zuko_cpu_time_seconds", Kind.HISTOGRAM, "CPU time of a program that was run", ("language",), _RUNS
)
WALL_TIME: Final = Metric(
    "zuko_wall_time_seconds", Kind.HISTOGRAM, "wall time of a program that was run", ("language",), _RUNS
)
OVERHEAD: Final = Metric(
    "zuko_overhead_seconds",
    Kind.HISTOGRAM,
    "time from admission to result, less the program's wall time: waits, compilation, and Zuko itself",
    ("language",),
    _WAITS,
)
ENGINE_CALLS: Final = Metric("zuko_engine_calls_total", Kind.COUNTER, "calls of the Docker engine")
ENGINE_FAILURES: Final = Metric(
    "zuko_engine_failures_total", Kind.COUNTER, "calls of the Docker engine that failed", ("reason",)
)
ENDED: Final = Metric(
    "zuko_submissions_ended_total",
    Kind.COUNTER,
    "stored submissions that a worker of this process has ended, or given back",
    ("kind", "state"),
)
SLOTS: Final = Metric("zuko_slots", Kind.GAUGE, "programs that may run at a time; 0: the engine has not answered yet")
WAITING: Final = Metric("zuko_waiting", Kind.GAUGE, "programs and judgings that wait for a sandbox")
SANDBOXES: Final = Metric("zuko_sandboxes", Kind.GAUGE, "sandboxes of this process", ("image", "state"))
CELLS: Final = Metric(
    "zuko_cells", Kind.GAUGE, "sandboxes that serve many programs, each in namespaces of its own", ("image",)
)
CELL_AGE: Final = Metric("zuko_cell_age_max_seconds", Kind.GAUGE, "age of the oldest of them", ("image",))
STORE_UP: Final = Metric("zuko_store_up", Kind.GAUGE, "1: the store of submissions answers, 0: it does not")
SUBMISSIONS: Final = Metric(
    "zuko_submissions", Kind.GAUGE, "stored submissions that have not ended, of all processes", ("state",)
)
OLDEST: Final = Metric(
    "zuko_submissions_oldest_seconds", Kind.GAUGE, "time for which the oldest queued one waits; 0: none is queued"
)
STORE_CALL: Final = Metric(
    "zuko_store_call_seconds",
    Kind.HISTOGRAM,
    "time of a call of the store by the worker of this process, or for the accounts of callers",
    ("method",),
    _WAITS,
)
STORE_FAILURES: Final = Metric(
    "zuko_store_failures_total", Kind.COUNTER, "those of them that the store did not answer", ("method",)
)
CLAIMING: Final = Metric(
    "zuko_worker_claiming",
    Kind.GAUGE,
    "1: the worker of this process claims submissions, 0: something keeps it from that; its log says what",
)
HELD: Final = Metric(
    "zuko_worker_submissions",
    Kind.GAUGE,
    "submissions that the worker of this process has: they wait for a slot, run, or their end is being stored",
    ("stage",),
)
FACTOR: Final = Metric(
    "zuko_worker_speed_factor",
    Kind.GAUGE,
    "time of the reference program here, over that on the reference machine; 0: not measured yet",
)
BUILD: Final = Metric("zuko_build_info", Kind.GAUGE, "1, for the version of Zuko", ("version",))

METRICS: Final = (
    REQUESTS,
    RECEIVED,
    SENT,
    LIMITED,
    EXECUTIONS,
    JUDGEMENTS,
    CASES,
    SANDBOX_WAIT,
    CPU_TIME,
    WALL_TIME,
    OVERHEAD,
    ENGINE_CALLS,
    ENGINE_FAILURES,
    SLOTS,
    WAITING,
    SANDBOXES,
    CELLS,
    CELL_AGE,
    QUEUE_WAIT,
    ENDED,
    STORE_UP,
    SUBMISSIONS,
    OLDEST,
    CLAIMING,
    HELD,
    FACTOR,
    STORE_CALL,
    STORE_FAILURES,
    BUILD,
)


class Sample(NamedTuple):
    """The value of a gauge at one moment."""

    metric: Metric
    value: float
    labels: tuple[str, ...] = ()  # in the metric's order
