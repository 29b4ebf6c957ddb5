"""The app as an AWS Lambda function: events of API Gateway or of a direct invocation in, the contract's answers out.

    event ──> one of the gateways below ──scope, body──> the app ──> its response ──> what the caller of Lambda expects

Each request is one line of JSON in the log and one of metrics (EMF); neither holds source code, input or output.
"""

import json
import logging
import os
import time
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import unquote

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.logging import utils
from aws_lambda_powertools.metrics import MetricUnit
from mangum import Mangum
from mangum.handlers import APIGateway, HTTPGateway

from zuko.api.app import create_app
from zuko.api.responses import JSON, Responses
from zuko.api.service import DEADLINE
from zuko.api.truncate import enveloped_document_size, enveloped_size
from zuko.execution.executor import FunctionExecutor
from zuko.problem import Judgement
from zuko.settings import MIB, Settings
from zuko.types import Execution, Reason

SERVICE: Final = "zuko"
NAMESPACE: Final = "Zuko"
EXECUTE: Final = "/api/v1/execute"
# Lambda cuts a function off at its timeout, and then nobody is answered: what is left of its time at this is ours.
ANSWER_S: Final = 0.5
# Lambda sends at most 6 MiB; the headers and the other fields of an answer need little of it.
RESPONSE_LIMIT_BYTES: Final = 6 * MIB - 64 * 1024


class _WithDeadline:
    """A gateway's request with the time by which Lambda wants its answer, and with the stage as its root path."""

    event: Any
    context: Any

    @cached_property
    def scope(self) -> Any:
        """The ASGI scope, made once."""
        scope = super().scope  # type: ignore[misc]  # of the gateway that this is mixed into
        scope[DEADLINE] = time.monotonic() + self.context.get_remaining_time_in_millis() / 1000 - ANSWER_S
        context = self.event["requestContext"]
        root = f"/{context.get('stage')}"
        path = unquote(context.get("http", context).get("path") or "")
        # Links need the stage, routes do not. A custom domain leaves it out of the path.
        if path == root or path.startswith(f"{root}/"):
            scope |= {"path": path if path != root else f"{root}/", "root_path": root}
        return scope


class HttpApi(_WithDeadline, HTTPGateway):
    """Events of an HTTP API, or of a function URL: payload format 2.0, or 1.0."""


class RestApi(_WithDeadline, APIGateway):
    """Events of a REST API."""


class Direct:
    """A direct invocation: the event is the body of `POST /api/v1/execute`, what is returned is its answer."""

    def __init__(self, event: Any, context: Any, config: Any) -> None:
        self.context = context
        self.body = json.dumps(event).encode()

    @classmethod
    def infer(cls, event: Any, context: Any, config: Any) -> bool:
        """Whether an event is one."""
        return not (isinstance(event, dict) and "requestContext" in event)

    @cached_property
    def scope(self) -> Any:
        """The ASGI scope of the same request by HTTP."""
        return {
            "type": "http",
            "method": "POST",
            "http_version": "1.1",
            "headers": [[b"content-type", JSON.encode()], [b"host", b"localhost"]],
            "path": EXECUTE,
            "raw_path": None,
            "root_path": "",
            "scheme": "https",
            "query_string": b"",
            "server": ("localhost", 443),
            "client": ("127.0.0.1", 0),
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            DEADLINE: time.monotonic() + self.context.get_remaining_time_in_millis() / 1000 - ANSWER_S,
        }

    def __call__(self, response: Any) -> Any:
        """The answer itself, or the problems (`detail`) of a submission that is none."""
        return json.loads(response["body"])


_UNREADABLE: Final = {
    "statusCode": 400,
    "headers": {"content-type": JSON},
    "body": json.dumps({"detail": [{"loc": ["event"], "msg": "not an event of API Gateway", "type": "event"}]}),
    "isBase64Encoded": False,
}


class Function:
    """Lambda's handler. One environment serves one request at a time, so one sandbox is kept ready for it."""

    def __init__(self, settings: Settings) -> None:
        level = os.environ.get("POWERTOOLS_LOG_LEVEL", "INFO")
        self._log = Logger(service=os.environ.get("POWERTOOLS_SERVICE_NAME", SERVICE), level=level)
        # Warnings of ours go the same way as the requests' lines.
        utils.copy_config_to_registered_loggers(self._log, include={logging.getLogger("zuko").name})
        self._metrics = Metrics(
            service=os.environ.get("POWERTOOLS_SERVICE_NAME", SERVICE),
            namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE),
        )
        for name in Settings.unknown(os.environ):
            self._log.warning("unknown setting, ignored", setting=name)
        self._observed: Execution | Judgement | None = None
        self._executor = FunctionExecutor(settings)
        self._executor.open()  # its first sandbox starts while the rest of us does
        limit_bytes = min(settings.response_limit_bytes, RESPONSE_LIMIT_BYTES)
        responses = Responses(limit_bytes, enveloped_size, enveloped_document_size, self._observe, streams=False)
        app = create_app(settings, self._executor, responses)
        # Without the lifespan: it would end all sandboxes after each request.
        self._serve = Mangum(app, lifespan="off", custom_handlers=[Direct, HttpApi, RestApi])

    def __call__(self, event: Any, context: Any) -> Any:
        """What Lambda calls."""
        started = time.monotonic()
        self._observed = None
        try:
            answer = self._serve(event, context)
        except Exception as error:  # noqa: BLE001 - of the gateways: what the app raises is answered by the app
            # Without its text, which may hold a part of the event. Lambda would answer with a stack trace.
            self._log.error("the event could not be read", extra={"error": type(error).__name__})
            answer = _UNREADABLE
        self._record(event, context, answer, (time.monotonic() - started) * 1000)
        self._executor.after_response()
        return answer

    def close(self) -> None:
        """Ends the sandboxes; for processes that are not simply ended, as Lambda's are."""
        self._executor.close()

    def _observe(self, result: Execution | Judgement) -> None:
        self._observed = result

    def _record(self, event: Any, context: Any, answer: Any, elapsed_ms: float) -> None:
        line: dict[str, Any] = {"request_id": context.aws_request_id, "elapsed_ms": round(elapsed_ms, 3)}
        if Direct.infer(event, context, None):
            line["invocation"] = "direct"
        else:
            context_of = event["requestContext"] or {}
            http = context_of.get("http") or context_of
            line |= {
                "method": http.get("method") or http.get("httpMethod"),
                "path": http.get("path"),
                "http_status": answer["statusCode"],
                "gateway_request_id": context_of.get("requestId"),
            }
        match self._observed:
            case Execution() as execution:
                line |= self._executed(execution)
            case Judgement() as judgement:
                line |= self._judged(judgement)
        self._log.info("request", extra=line)

    def _executed(self, execution: Execution) -> dict[str, Any]:
        """What the log says of an execution; the same goes to the metrics."""
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
                metric.add_dimension("service", str(self._metrics.service))
        told = {"status": execution.status, "reason": execution.reason, "exit_code": execution.exit_code}
        return told | asdict(figures)

    def _judged(self, judgement: Judgement) -> dict[str, Any]:
        """What the log says of a judgement: the figures are those of its slowest and its largest case."""
        figures = _Figures(
            sandbox_wait_ms=_wait_ms(judgement.sandbox_wait_s),
            cpu_time_ms=_ms(judgement.cpu_time_ns),
            wall_time_ms=_ms(judgement.wall_time_ns),
            peak_rss_kb=_kb(judgement.peak_rss_bytes),
        )
        self._count("Judgements", "verdict", judgement.verdict, figures)
        told = {"verdict": judgement.verdict, "cases": len(judgement.cases), "cases_skipped": len(judgement.skipped)}
        return told | asdict(figures)

    def _count(self, name: str, dimension: str, value: str, figures: "_Figures") -> None:
        """One more of them, in the metrics, with its times."""
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


@dataclass(frozen=True, slots=True)
class _Figures:
    """What a request cost. None is "could not be measured", or that nothing ran."""

    sandbox_wait_ms: float | None  # until it had its sandbox
    cpu_time_ms: float | None
    wall_time_ms: float | None
    peak_rss_kb: int | None


def _ms(time_ns: int | None) -> float | None:
    return None if time_ns is None else round(time_ns / 1e6, 3)


def _wait_ms(wait_s: float | None) -> float | None:
    return None if wait_s is None else round(wait_s * 1000, 3)


def _kb(size_bytes: int | None) -> int | None:
    return None if size_bytes is None else size_bytes // 1024
