"""A collector of traces: OTLP over HTTP, decoded by OpenTelemetry's own messages."""

from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.harness.receiver import Receiver
from tests.harness.waiting import wait_for


@dataclass(frozen=True)
class SentSpan:
    """A span that came."""

    service: str
    name: str
    trace: str
    id: str
    parent: str  # "": none
    kind: int
    began_ns: int
    ended_ns: int
    fields: dict[str, Any]
    is_error: bool


class Collector(Receiver):
    """A receiver of spans."""

    def __init__(self) -> None:
        super().__init__(200)

    @property
    def env(self) -> dict[str, str]:
        """The variables of a process that is to send its spans here, soon."""
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": self.url(path=""), "OTEL_BSP_SCHEDULE_DELAY": "50"}

    def spans(self) -> list[SentSpan]:
        """Return what has come, in its order."""
        found = []
        for each in list(self.received):
            assert (each.path, each.headers["content-type"]) == ("/v1/traces", "application/x-protobuf")
            for group in ExportTraceServiceRequest.FromString(each.body).resource_spans:
                service = next(one.value.string_value for one in group.resource.attributes if one.key == "service.name")
                found += [_span(service, span) for scope in group.scope_spans for span in scope.spans]
        return found

    def of(self, trace: str, *names: str) -> dict[str, list[SentSpan]]:
        """Wait for spans of a trace with these names, and return all of it, by name."""

        def by_name() -> dict[str, list[SentSpan]]:
            found: dict[str, list[SentSpan]] = {}
            for span in self.spans():
                if span.trace == trace:
                    found.setdefault(span.name, []).append(span)
            return found

        wait_for(lambda: set(names) <= set(by_name()), 20, f"spans {names}", lambda: sorted(by_name()))
        return by_name()

    def bodies(self) -> bytes:
        """Return all that was sent; compression is off unless it is asked for."""
        return b"".join(each.body for each in list(self.received))


def _span(service: str, span: Any) -> SentSpan:
    return SentSpan(
        service,
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.kind,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes},
        span.status.code == 2,
    )
