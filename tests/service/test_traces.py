"""Traces: the spans of a service reach a collector, and those of a stored submission continue its request's."""

import os
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pytest

import docker
from tests.harness.otlp import Collector, SentSpan
from tests.harness.postgres import Postgres
from tests.harness.server import Server
from zuko.submissions.postgres import PostgresStore

SECRETS: Final = (b"code-secret", b"input-secret", b"output-secret", b"case-secret", b"label-secret", b"query-secret")
CODE: Final = "# code-secret\nprint(input(), 'output-' + 'secret')"
PROGRAM: Final = {"language": "python", "code": CODE, "input_data": "input-secret"}
FIELDS: Final = {
    *("http.request.method", "http.route", "http.response.status_code", "error.type"),
    *(f"zuko.{name}" for name in ("request", "language", "program", "number", "submission", "attempt", "kind")),
    *(f"zuko.{name}" for name in ("status", "reason", "verdict", "cases", "outcome", "state", "interactive")),
    *(f"zuko.{name}" for name in ("sandbox_wait_ms", "wall_time_ms", "cpu_time_ms", "peak_rss_bytes")),
}


class Traced(NamedTuple):
    """Two services of one store, of which the second does what the first stores."""

    front: Server
    collector: Collector

    def send(self, path: str, sent: dict[str, Any]) -> tuple[Any, str, str]:
        """Return the response to a request of a traced client, with the ids of its trace and its span."""
        trace, span = os.urandom(16).hex(), os.urandom(8).hex()
        headers = {"traceparent": f"00-{trace}-{span}-01"}
        response = self.front.client.post(path, json=sent, headers=headers, params={"x": "query-secret"})
        assert response.status_code < 300, response.text
        return response, trace, span

    def check_nothing_is_told(self) -> None:
        sent = self.collector.bodies()
        assert not [secret for secret in SECRETS if secret in sent]
        assert {field for span in self.collector.spans() for field in span.fields} <= FIELDS


@pytest.fixture(scope="module")
def traced(docker_client: docker.DockerClient) -> Iterator[Traced]:
    with Collector() as collector, Postgres() as postgres, postgres.schema() as url:
        PostgresStore(url).migrate()
        env = {**collector.env, "ZUKO_STORE": url}
        with (
            Server({**env, "ZUKO_WORKER_SLOTS": "0"}) as front,
            Server({**env, "OTEL_SERVICE_NAME": "behind"}) as behind,
        ):
            front.wait_ready()
            behind.wait_ready()
            yield Traced(front, collector)


def one(spans: dict[str, list[SentSpan]], name: str) -> SentSpan:
    (span,) = spans[name]
    return span


def test_an_execution(traced: Traced) -> None:
    _, trace, client = traced.send("/api/v1/execute", PROGRAM)
    spans = traced.collector.of(trace, "POST /api/v1/execute")
    assert sorted(spans) == ["POST /api/v1/execute", "execute", "run", "wait"]
    request, execute, run = one(spans, "POST /api/v1/execute"), one(spans, "execute"), one(spans, "run")
    assert (request.parent, request.service, request.kind) == (client, "zuko", 2)
    assert (request.fields["http.response.status_code"], request.fields["http.route"]) == (200, "/api/v1/execute")
    assert execute.parent == request.id
    assert {run.parent, one(spans, "wait").parent} == {execute.id}
    assert (execute.fields["zuko.language"], execute.fields["zuko.status"]) == ("python", "OK")
    assert run.fields["zuko.cpu_time_ms"] > 0
    assert request.began_ns <= execute.began_ns <= run.began_ns < run.ended_ns <= execute.ended_ns <= request.ended_ns
    traced.check_nothing_is_told()


def test_a_compilation(traced: Traced) -> None:
    """Also in a thread, and one that fails is not a failure of ours."""
    code = '#error "code-secret"'
    _, trace, _ = traced.send("/api/v1/execute", {"language": "c", "code": code})
    spans = traced.collector.of(trace, "POST /api/v1/execute")
    compilation = one(spans, "compile")
    assert compilation.parent == one(spans, "execute").id
    assert (compilation.fields["zuko.language"], compilation.fields["zuko.outcome"]) == ("c", "exited")
    assert "run" not in spans
    assert not [span for each in spans.values() for span in each if span.is_error]
    traced.check_nothing_is_told()


def test_a_judging(traced: Traced) -> None:
    """A span for each case, by its number, whichever sandbox it had."""
    cases = [{"name": f"case-secret{n}", "input": "input-secret\n", "output": "x\n"} for n in range(3)]
    sent = {"language": "python", "code": CODE, "cases": cases, "stop_at_failure": False}
    _, trace, _ = traced.send("/api/v1/judge", sent)
    spans = traced.collector.of(trace, "POST /api/v1/judge")
    judge = one(spans, "judge")
    assert (judge.fields["zuko.verdict"], judge.fields["zuko.cases"]) == ("WA", 3)
    assert {each.parent for each in spans["case"]} == {judge.id}
    assert sorted(each.fields["zuko.number"] for each in spans["case"]) == [1, 2, 3]
    assert {each.parent for each in spans["run"]} == {each.id for each in spans["case"]}
    traced.check_nothing_is_told()


def test_a_stored_submission(traced: Traced) -> None:
    """It is stored by one process and done by another, and is one trace all the same."""
    sent = {**PROGRAM, "labels": {"a": "label-secret"}}
    submitted, trace, _ = traced.send("/api/v1/submissions", sent)
    spans = traced.collector.of(trace, "POST /api/v1/submissions", "submission")
    submission, queue, run = one(spans, "submission"), one(spans, "queue"), one(spans, "run")
    assert (submission.parent, submission.kind) == (one(spans, "POST /api/v1/submissions").id, 5)
    assert {submission.service, run.service} == {"behind"}
    assert submission.fields["zuko.submission"] == submitted.json()["id"]
    assert (submission.fields["zuko.state"], submission.fields["zuko.attempt"]) == ("done", 1)
    assert {queue.parent, one(spans, "execute").parent} == {submission.id}
    assert submission.began_ns == queue.began_ns < queue.ended_ns <= run.began_ns
    traced.check_nothing_is_told()
