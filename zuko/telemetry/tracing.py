"""Spans of what a process does. There are none, and nothing is loaded, unless the environment asks for traces.

request ── execute or judge ──┬── wait      for a sandbox
                              ├── compile
                              ├── run       of a program
                              └── case      of a judging, with its runs
submission ──┬── queue             a stored one, in its worker: below the request that has stored it
             └── execute or judge

A span is the parent of those that are begun in its context: a task and a thread have the context of whatever begins
them. No span has code, input, output, or a name that a client has chosen.
"""

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Final, Protocol

FLUSH_S: Final = 3.0  # that the end of a process waits for the last spans to be sent
_NOTHING: Final[AbstractContextManager[None]] = nullcontext()

log = logging.getLogger(__name__)


class Tracer(Protocol):
    """Makes spans, and sends them."""

    def span(self, name: str, fields: Mapping[str, object]) -> AbstractContextManager[None]:
        """Return a span as a block, below the current one."""

    def request(
        self, name: str, headers: Mapping[str, str], fields: Mapping[str, object]
    ) -> AbstractContextManager[None]:
        """Return the span of a request; its parent is the span that the headers name."""

    def submission(
        self, parent: str | None, queued_s: float, fields: Mapping[str, object]
    ) -> AbstractContextManager[None]:
        """Return the span of a stored submission, and report its time in the queue as another."""

    def note(self, fields: Mapping[str, object]) -> None:
        """Add fields to the current span."""

    def parent(self) -> str | None:
        """Return the current span as a `traceparent` of W3C Trace Context; None: there is none."""

    def end(self, timeout_s: float) -> None:
        """Send what was not sent yet, as far as that takes no longer than `timeout_s`."""


_tracer: Tracer | None = None


def begin_tracing(environment: Mapping[str, str], service: str) -> None:
    """Have this process trace, if the environment asks for it by the variables of OpenTelemetry.

    Args:
        environment: of the process.
        service: its name, unless the environment names it.
    """
    global _tracer  # noqa: PLW0603 - as the log, it is one of the process
    if not is_wanted(environment):
        return
    try:
        from zuko.telemetry.otel import make_tracer  # noqa: PLC0415 - it is loaded where it is wanted
    except ImportError:
        log.warning("traces are wanted (OTEL_...), but OpenTelemetry is not installed: pip install 'zuko[otel]'")
        return
    _tracer = make_tracer(environment, service)


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Return whether the variables of OpenTelemetry ask for traces: by an exporter, or the address of a collector."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    if exporter:
        return exporter != "none"
    return any(environment.get(f"OTEL_EXPORTER_OTLP_{part}ENDPOINT") for part in ("TRACES_", ""))


def end_tracing() -> None:
    """Send the last spans, and trace no more. Blocks, for at most FLUSH_S."""
    global _tracer
    tracer, _tracer = _tracer, None
    if tracer is not None:
        tracer.end(FLUSH_S)


def is_tracing() -> bool:
    """Return whether this process traces."""
    return _tracer is not None


def span(name: str, **fields: object) -> AbstractContextManager[None]:
    """Return a span of a block; its fields have values of closed sets, and numbers."""
    return _NOTHING if _tracer is None else _tracer.span(name, fields)


def request_span(name: str, headers: Mapping[str, str], **fields: object) -> AbstractContextManager[None]:
    """Return the span of a request; it continues the trace that its headers name."""
    return _NOTHING if _tracer is None else _tracer.request(name, headers, fields)


def submission_span(parent: str | None, queued_s: float, **fields: object) -> AbstractContextManager[None]:
    """Return the span of a stored submission that is done; it continues the trace of its request.

    Args:
        parent: the `traceparent` that was stored with it.
        queued_s: that it has waited in the queue.
        fields: of the span.
    """
    return _NOTHING if _tracer is None else _tracer.submission(parent, queued_s, fields)


def note(**fields: object) -> None:
    """Add fields to the current span; those that are None are left out."""
    if _tracer is not None:
        _tracer.note(fields)


def trace_id() -> str | None:
    """Return the id of the current trace, in hexadecimal; None: there is none."""
    parent = traceparent()
    return None if parent is None else parent.split("-")[1]


def traceparent() -> str | None:
    """Return the current span for those that continue its trace; None: there is none."""
    return None if _tracer is None else _tracer.parent()
