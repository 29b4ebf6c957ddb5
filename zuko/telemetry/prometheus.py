"""Figures in memory, and their text as Prometheus reads it."""

from collections import Counter as Counts
from collections.abc import Iterable, Sequence
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from zuko.telemetry import metrics
from zuko.telemetry.metrics import METRICS, Kind, Metric, Sample
from zuko.telemetry.observer import Observer
from zuko.types import Execution


class Figures(Observer):
    """Keeps the figures of one process. Any thread may call any method."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a series of each series
        self._registry = CollectorRegistry()
        ProcessCollector(namespace="zuko", registry=self._registry)  # CPU time, memory and descriptors of this process
        self._metrics = {each.name: _make(each, self._registry) for each in METRICS if each.kind is not Kind.GAUGE}
        self._series: dict[tuple[str, tuple[str, ...]], Any] = {}

    def request(self, method: str, route: str, status: int, *, received_bytes: int, sent_bytes: int) -> None:
        """See `Observer.request`."""
        self._of(metrics.REQUESTS, method, route, str(status)).inc()
        self._of(metrics.RECEIVED, route).inc(received_bytes)
        self._of(metrics.SENT, route).inc(sent_bytes)

    def execution(self, language: str, execution: Execution, elapsed_s: float) -> None:
        """See `Observer.execution`."""
        self._of(metrics.EXECUTIONS, language, execution.status, execution.reason or "").inc()
        if execution.sandbox_wait_s is not None:
            self._of(metrics.SANDBOX_WAIT, language).observe(execution.sandbox_wait_s)
        if (usage := execution.usage) is None:
            return
        wall_time_s = usage.wall_time_ns / 1e9
        self._of(metrics.WALL_TIME, language).observe(wall_time_s)
        self._of(metrics.OVERHEAD, language).observe(max(elapsed_s - wall_time_s, 0))
        if usage.cpu_time_ns is not None:
            self._of(metrics.CPU_TIME, language).observe(usage.cpu_time_ns / 1e9)

    def refused(self, language: str, reason: str) -> None:
        """See `Observer.refused`."""
        self._of(metrics.EXECUTIONS, language, "ERROR", reason).inc()

    def judgement(self, language: str, verdict: str, cases: Sequence[str], sandbox_wait_s: float | None) -> None:
        """See `Observer.judgement`."""
        self._of(metrics.JUDGEMENTS, language, verdict).inc()
        for each, count in Counts(cases).items():
            self._of(metrics.CASES, language, each).inc(count)
        if sandbox_wait_s is not None:
            self._of(metrics.SANDBOX_WAIT, language).observe(sandbox_wait_s)

    def limited(self, limit: str) -> None:
        """See `Observer.limited`."""
        self._of(metrics.LIMITED, limit).inc()

    def engine_call(self, failure: str) -> None:
        """See `Observer.engine_call`."""
        self._of(metrics.ENGINE_CALLS).inc()
        if failure:
            self._of(metrics.ENGINE_FAILURES, failure).inc()

    def store_call(self, method: str, elapsed_s: float, *, failed: bool) -> None:
        """See `Observer.store_call`."""
        self._of(metrics.STORE_CALL, method).observe(elapsed_s)
        if failed:
            self._of(metrics.STORE_FAILURES, method).inc()

    def claimed(self, kind: str, queued_s: float) -> None:
        """See `Observer.claimed`."""
        self._of(metrics.QUEUE_WAIT, kind).observe(queued_s)

    def ended(self, kind: str, state: str) -> None:
        """See `Observer.ended`."""
        self._of(metrics.ENDED, kind, state).inc()

    def render(self, samples: Iterable[Sample]) -> bytes:
        """Return all figures, with gauges as they are at this moment; a gauge without a sample has no series."""
        registry = CollectorRegistry()
        gauges: dict[str, Any] = {}
        for metric, value, labels in samples:
            gauge = gauges.get(metric.name)
            if gauge is None:
                gauge = gauges[metric.name] = _make(metric, registry)
            (gauge.labels(*labels) if labels else gauge).set(value)
        return generate_latest(self._registry) + generate_latest(registry)

    def _of(self, metric: Metric, *labels: str) -> Any:
        """Return a series of a metric; prometheus_client's own look-up takes several times as long."""
        key = metric.name, labels
        found = self._series.get(key)
        if found is None:
            made = self._metrics[metric.name]
            found = self._series[key] = made.labels(*labels) if labels else made
        return found


def _make(metric: Metric, registry: CollectorRegistry) -> Any:
    match metric.kind:
        case Kind.COUNTER:
            return Counter(metric.name, metric.help, metric.labels, registry=registry)
        case Kind.GAUGE:
            return Gauge(metric.name, metric.help, metric.labels, registry=registry)
        case Kind.HISTOGRAM:
            return Histogram(metric.name, metric.help, metric.labels, registry=registry, buckets=metric.buckets)
