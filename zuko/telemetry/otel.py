"""Spans of OpenTelemetry, sent by OTLP over HTTP, as its own variables (`OTEL_*`) say.

The provider is ours alone, and not the process' global one: libraries that trace by themselves would add the URLs of
requests, whose queries may hold tokens, and the arguments of tools, which are code.
"""

import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

import zuko
from zuko.errors import SandboxError, UnavailableError, ZukoError

_PROTOCOL: Final = "http/protobuf"
_W3C: Final = TraceContextTextMapPropagator()
_NS_PER_S: Final = 1_000_000_000
_NEW: Final = Context()  # of no request

log = logging.getLogger(__name__)


class OtelTracer:
    """Makes spans, and sends them in the background. Any thread may call any method.

    Args:
        provider: of the process' spans.
    """

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("zuko", zuko.__version__)

    def span(self, name: str, fields: Mapping[str, object]) -> AbstractContextManager[None]:
        """See `Tracer.span`."""
        return self._span(name, None, SpanKind.INTERNAL, fields)

    def request(
        self, name: str, headers: Mapping[str, str], fields: Mapping[str, object]
    ) -> AbstractContextManager[None]:
        """See `Tracer.request`."""
        return self._span(name, propagate.extract(headers, _NEW), SpanKind.SERVER, fields)

    @contextmanager
    def submission(self, parent: str | None, queued_s: float, fields: Mapping[str, object]) -> Iterator[None]:
        """See `Tracer.submission`."""
        context = _W3C.extract({} if parent is None else {"traceparent": parent}, _NEW)
        now = time.time_ns()
        queued_at = now - round(max(queued_s, 0) * _NS_PER_S)
        with self._span("submission", context, SpanKind.CONSUMER, fields, queued_at):
            self._tracer.start_span("queue", start_time=queued_at).end(now)
            yield

    def note(self, fields: Mapping[str, object]) -> None:
        """See `Tracer.note`."""
        span, attributes = trace.get_current_span(), _attributes(fields)
        span.set_attributes(attributes)
        status = attributes.get("http.response.status_code")
        if isinstance(status, int) and status >= 500:
            span.set_status(Status(StatusCode.ERROR))

    def parent(self) -> str | None:
        """See `Tracer.parent`."""
        carrier: dict[str, str] = {}
        _W3C.inject(carrier)
        return carrier.get("traceparent")

    def end(self, timeout_s: float) -> None:
        """See `Tracer.end`."""
        # A collector that does not answer is tried again for longer than a process may take to end.
        ending = threading.Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        ending.join(timeout_s)

    @contextmanager
    def _span(
        self,
        name: str,
        context: Context | None,
        kind: SpanKind,
        fields: Mapping[str, object],
        began_ns: int | None = None,
    ) -> Iterator[None]:
        # Without the message and the traceback of an error: they may repeat what a client has sent.
        with self._tracer.start_as_current_span(
            name,
            context,
            kind,
            _attributes(fields),
            start_time=began_ns,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except Exception as error:
                span.set_attribute("error.type", type(error).__qualname__)
                if _is_ours(error):
                    span.set_status(Status(StatusCode.ERROR))
                raise


def make_tracer(environment: Mapping[str, str], service: str) -> OtelTracer | None:
    """Make the tracer of a process; None: its environment asks for an exporter that is not here.

    Args:
        environment: of the process. OpenTelemetry reads that of the process itself.
        service: name of the process, unless the environment has one.
    """
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower() or "otlp"
    protocols = (environment.get(f"OTEL_EXPORTER_OTLP_{part}PROTOCOL") for part in ("TRACES_", ""))
    protocol = next(filter(None, protocols), _PROTOCOL)
    if exporter != "otlp" or protocol != _PROTOCOL:
        log.warning("no traces are sent: OTEL_... asks for %s, %s; Zuko knows otlp, %s", exporter, protocol, _PROTOCOL)
        return None
    named = OTELResourceDetector().detect().attributes
    own = {SERVICE_NAME: service, SERVICE_VERSION: zuko.__version__}
    provider = TracerProvider(
        resource=Resource.create({key: value for key, value in own.items() if key not in named}),
        shutdown_on_exit=False,  # a server ends by a signal, so by `end` or not at all
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    log.info("traces are sent as those of %s (process %d)", provider.resource.attributes[SERVICE_NAME], os.getpid())
    return OtelTracer(provider)


def _attributes(fields: Mapping[str, object]) -> dict[str, str | int | float | bool]:
    return {
        key if "." in key else f"zuko.{key}": value if isinstance(value, int | float | bool) else str(value)
        for key, value in fields.items()
        if value is not None
    }


def _is_ours(error: Exception) -> bool:
    """Return whether an error is a failure of ours: not one of a program, a problem or a client."""
    return not isinstance(error, ZukoError) or isinstance(error, UnavailableError | SandboxError)
