"""Traces are off unless they are asked for, and spans say nothing of errors but their kind."""

import logging
import time
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from tests.harness.receiver import HANG, Receiver
from tests.unit.test_layout import run_python
from zuko.errors import ProblemError, SandboxError
from zuko.telemetry import otel, tracing

ADDRESS = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Have this process trace, and return what it sends."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", otel.OtelTracer(provider))
    yield exporter
    provider.shutdown()


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        (ADDRESS, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1"}, True),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://127.0.0.1:1"}, False),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({**ADDRESS, "OTEL_TRACES_EXPORTER": "none"}, False),
        ({**ADDRESS, "OTEL_SDK_DISABLED": "True"}, False),
    ],
)
def test_they_are_off_unless_asked_for(environment: dict[str, str], wanted: bool) -> None:
    assert tracing.is_wanted(environment) is wanted


def test_nothing_of_the_sdk_is_loaded_where_they_are_off() -> None:
    assert not tracing.is_tracing()
    assert tracing.span("run", language="python") is tracing.span("wait")  # one object, which does nothing
    loaded = run_python("import os, sys, zuko.api.asgi as a; a.begin_tracing(os.environ, 'zuko'); print(*sys.modules)")
    assert not [each for each in loaded.split() if each.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))]


def test_what_cannot_be_sent_is_logged(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    tracing.begin_tracing({"OTEL_TRACES_EXPORTER": "zipkin"}, "zuko")
    tracing.begin_tracing({**ADDRESS, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "zuko")
    monkeypatch.setitem(__import__("sys").modules, "zuko.telemetry.otel", None)  # as where the extra is not installed
    tracing.begin_tracing(ADDRESS, "zuko")
    assert not tracing.is_tracing()
    words = ("zipkin, http/protobuf", "otlp, grpc", "pip install 'zuko[otel]'")
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert [word in text for word, text in zip(words, warnings, strict=True)] == [True] * 3


def test_an_error_is_its_kind_alone(spans: InMemorySpanExporter) -> None:
    """Its message may repeat what was sent. Only one of ours is an error to operators."""
    for error in (SandboxError("secret"), ProblemError("x", "secret"), ValueError("secret")):
        with pytest.raises(type(error)), tracing.span("run"):
            raise error
    with tracing.request_span("GET /x", {}):
        tracing.note(**{"http.response.status_code": 503})
    *failed, request = spans.get_finished_spans()
    assert [(each.attributes or {})["error.type"] for each in failed] == ["SandboxError", "ProblemError", "ValueError"]
    errors = [each.status.status_code is StatusCode.ERROR for each in (*failed, request)]
    assert errors == [True, False, True, True]
    assert not [each for each in failed if each.events or each.status.description]


def test_a_request_begins_a_trace_of_its_own_unless_a_client_did(spans: InMemorySpanExporter) -> None:
    """Whatever is going on around it; a list of fields that are None leaves none."""
    with tracing.span("outer"):
        with tracing.request_span("GET /x", {"traceparent": "00-zz-2-01"}):
            tracing.note(reason=None)
            sent = tracing.traceparent()
        with tracing.submission_span(sent, 2.5, kind="judge"):
            pass
    request, queue, submission, outer = spans.get_finished_spans()
    assert request.parent is None
    assert request.attributes == {}
    assert sent is not None
    assert sent.startswith(f"00-{request.context.trace_id:032x}-{request.context.span_id:016x}-")
    assert submission.parent is not None
    assert (submission.parent.span_id, queue.parent) == (request.context.span_id, submission.context)
    assert submission.context.trace_id != outer.context.trace_id
    assert 2.5 <= ((queue.end_time or 0) - (queue.start_time or 0)) / 1e9 < 2.6
    assert tracing.traceparent() is None


def test_a_collector_that_hangs_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "FLUSH_S", 0.2)
    with Receiver(HANG) as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url(path=""))
        tracing.begin_tracing({"OTEL_TRACES_EXPORTER": "otlp"}, "zuko")
        assert tracing.is_tracing()
        with tracing.span("run"):
            pass
        began = time.monotonic()
        tracing.end_tracing()
        assert 0.15 < time.monotonic() - began < 2
        assert not tracing.is_tracing()
