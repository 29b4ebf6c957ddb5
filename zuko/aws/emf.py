"""The log and the metrics of the function: each request is a line of JSON and one in the embedded metric format (EMF).

Neither holds source code, input or output. CloudWatch makes metrics of EMF lines by itself.
"""

import logging
import os
from dataclasses import asdict, dataclass
from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.logging import utils
from aws_lambda_powertools.metrics import MetricUnit

from zuko.problem import Judgement
from zuko.types import Execution, Reason

SERVICE: Final = "zuko"
NAMESPACE: Final = "Zuko"


@dataclass(frozen=True, slots=True)
class _Figures:
    """The cost of a request. None: it could not be measured, or nothing ran."""

    sandbox_wait_ms: float | None  # until it had its sandbox
    cpu_time_ms: float | None
    wall_time_ms: float | None
    peak_rss_kb: int | None


class RequestLog:
    """The log of a function. The variables of Powertools (`POWERTOOLS_*`) set its service, level and namespace."""

    def __init__(self) -> None:
        service = os.environ.get("POWERTOOLS_SERVICE_NAME", SERVICE)
        self._log = Logger(service=service, level=os.environ.get("POWERTOOLS_LOG_LEVEL", "INFO"))
        # The warnings of the rest of Zuko get the same format.
        utils.copy_config_to_registered_loggers(self._log, include={logging.getLogger("zuko").name})
        self._service = service
        self._metrics = Metrics(service=service, namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE))

    def unknown_setting(self, name: str) -> None:
        """Warn of a variable that looks like a setting."""
        self._log.warning("unknown setting, ignored", setting=name)

    def unreadable(self, error: Exception) -> None:
        """Log an event that the gateways could not read, without the error's text: it may hold a part of the event."""
        self._log.error("the event could not be read", extra={"error": type(error).__name__})

    def record(self, fields: dict[str, Any], result: Execution | Judgement | None) -> None:
        """Log a request, and count its result.

        Args:
            fields: of its line in the log.
            result: None: the request was refused, or was not about a submission.
        """
        match result:
            case Execution() as execution:
                fields |= self._record_execution(execution)
            case Judgement() as judgement:
                fields |= self._record_judgement(judgement)
        self._log.info("request", extra=fields)

    def _record_execution(self, execution: Execution) -> dict[str, Any]:
        """Count an execution, and return its fields for the log."""
        usage = execution.usage
        figures = _Figures(
            sandbox_wait_ms=_wait_ms(execution.sandbox_wait_s),
            cpu_time_ms=None if usage is None else _ms(usage.cpu_time_ns),
            wall_time_ms=None if usage is None else _ms(usage.wall_time_ns),
            peak_rss_kb=None if usage is None else _kb(usage.peak_rss_bytes),
        )
        self._count("Executions", "status", execution.status, figures)
        if execution.reason is Reason.ENGINE_UNAVAILABLE:
            with single_metric("HostUnreachable", MetricUnit.Count, 1, namespace=self._metrics.namespace) as metric:
                metric.add_dimension("service", self._service)
        fields = {"status": execution.status, "reason": execution.reason, "exit_code": execution.exit_code}
        return fields | asdict(figures)

    def _record_judgement(self, judgement: Judgement) -> dict[str, Any]:
        """Count a judgement, and return its fields for the log: the figures are those of its most expensive cases."""
        figures = _Figures(
            sandbox_wait_ms=_wait_ms(judgement.sandbox_wait_s),
            cpu_time_ms=_ms(judgement.cpu_time_ns),
            wall_time_ms=_ms(judgement.wall_time_ns),
            peak_rss_kb=_kb(judgement.peak_rss_bytes),
        )
        self._count("Judgements", "verdict", judgement.verdict, figures)
        fields = {"verdict": judgement.verdict, "cases": len(judgement.cases), "cases_skipped": len(judgement.skipped)}
        return fields | asdict(figures)

    def _count(self, name: str, dimension: str, value: str, figures: _Figures) -> None:
        """Write the metrics of one result: its count and its times."""
        self._metrics.add_dimension(dimension, value)
        self._metrics.add_metric(name, MetricUnit.Count, 1)
        times = (
            ("SandboxWait", figures.sandbox_wait_ms),
            ("CpuTime", figures.cpu_time_ms),
            ("WallTime", figures.wall_time_ms),
        )
        for time_name, time_ms in times:
            if time_ms is not None:
                self._metrics.add_metric(time_name, MetricUnit.Milliseconds, time_ms)
        self._metrics.flush_metrics()


def _ms(time_ns: int | None) -> float | None:
    return None if time_ns is None else round(time_ns / 1e6, 3)


def _wait_ms(wait_s: float | None) -> float | None:
    return None if wait_s is None else round(wait_s * 1000, 3)


def _kb(size_bytes: int | None) -> int | None:
    return None if size_bytes is None else size_bytes // 1024
