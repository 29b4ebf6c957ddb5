"""The log and the figures of a server as users start it: ids, lines of JSON, `/metrics`."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

import docker
from tests.harness.server import free_port
from tests.harness.waiting import wait_for
from zuko.telemetry.metrics import METRICS, Kind

SECRETS: Final = ("code-secret", "input-secret", "output-secret")
PROGRAM: Final = {
    "language": "python",
    "code": "# code-secret\nprint(input(), 'output-' + 'secret')",
    "input_data": "input-secret",
}
CASES: Final = [{"input": "input-secret\n", "output": "x\n"}, {"input": "1\n", "output": "1 output-secret\n"}]


class Service:
    """`zuko serve` with lines of JSON and with figures."""

    def __init__(self, url: str, log: Path) -> None:
        self.client = httpx2.Client(base_url=url, timeout=60)
        self._log = log

    def lines(self, **wanted: object) -> list[dict[str, Any]]:
        """Return the lines of the log that have these fields."""
        lines = [json.loads(line) for line in self._log.read_text().splitlines()]
        return [line for line in lines if wanted.items() <= line.items()]

    def text(self) -> str:
        return self._log.read_text()

    def figures(self) -> dict[str, float]:
        """Return the figures by their names with labels."""
        response = self.client.get("/metrics")
        assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
        pairs = (line.rsplit(" ", 1) for line in response.text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}


@pytest.fixture(scope="module")
def service(docker_client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    directory = tmp_path_factory.mktemp("telemetry")
    port = free_port()
    own = {
        "ZUKO_LOG_FORMAT": "json",
        "ZUKO_METRICS": "true",
        "ZUKO_STORE": f"sqlite:///{directory}/store.db",
        "ZUKO_CPUSS": "1",
    }
    command = [sys.executable, "-m", "zuko", "serve", "--port", str(port)]
    with (
        (directory / "log").open("w") as log,
        subprocess.Popen(command, env={**os.environ, **own}, stderr=log, stdout=subprocess.DEVNULL) as process,
    ):
        service = Service(f"http://127.0.0.1:{port}", directory / "log")
        try:

            def is_ready() -> bool:
                try:
                    return service.client.get("/readyz").status_code == 200
                except httpx2.TransportError:
                    return False

            wait_for(is_ready, 60, "the service to be ready")
            yield service
        finally:
            service.client.close()
            process.terminate()
            process.wait(40)


def change(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """Return what has grown."""
    return {name: value - before.get(name, 0) for name, value in after.items() if value != before.get(name, 0)}


def test_an_execution(service: Service) -> None:
    """It is one request and one execution; its line has how it ended, and none has what was sent or printed."""
    before = service.figures()
    response = service.client.post("/api/v1/execute", json=PROGRAM, headers={"x-request-id": "run-1"})
    assert response.json()["stdout"] == "input-secret output-secret\n"
    assert response.headers["x-request-id"] == "run-1"
    grown = change(before, service.figures())
    assert grown['zuko_requests_total{method="POST",route="/api/v1/execute",status="200"}'] == 1
    assert grown['zuko_executions_total{language="python",reason="",status="OK"}'] == 1
    for name in ("sandbox_wait", "cpu_time", "wall_time", "overhead"):
        assert grown[f'zuko_{name}_seconds_count{{language="python"}}'] == 1, name
    assert grown['zuko_received_bytes_total{route="/api/v1/execute"}'] == len(response.request.content)
    assert grown['zuko_sent_bytes_total{route="/api/v1/execute"}'] == len(response.content)
    (line,) = service.lines(request_id="run-1", logger="zuko.api.requests")
    assert {"path": "/api/v1/execute", "http_status": 200, "language": "python", "status": "OK"}.items() <= line.items()
    assert 0 < line["cpu_time_ms"] <= line["elapsed_ms"]
    assert not [secret for secret in SECRETS if secret in service.text()]


def test_a_judging_is_not_executions_too(service: Service) -> None:
    before = service.figures()
    sent = {"language": "python", "code": PROGRAM["code"], "cases": CASES}
    response = service.client.post("/api/v1/judge", json=sent)
    assert response.json()["verdict"] == "WA"
    grown = change(before, service.figures())
    assert grown['zuko_judgements_total{language="python",verdict="WA"}'] == 1
    assert sum(value for name, value in grown.items() if name.startswith("zuko_cases_total")) in (1, 2)
    assert not [name for name in grown if name.startswith("zuko_executions_total")]
    (line,) = service.lines(path="/api/v1/judge")
    assert (line["verdict"], len(line["request_id"])) == ("WA", 32)
    assert not [secret for secret in SECRETS if secret in service.text()]


def test_a_stored_submission(service: Service) -> None:
    before = service.figures()
    submitted = service.client.post("/api/v1/submissions", json=PROGRAM)
    ended = service.client.get(submitted.headers["location"], params={"wait": 20})
    assert ended.json()["state"] == "done"

    def is_counted() -> bool:
        return change(before, service.figures()).get('zuko_submissions_ended_total{kind="execute",state="done"}') == 1

    wait_for(is_counted, 10, "the end to be counted")
    after = service.figures()
    assert change(before, after)['zuko_executions_total{language="python",reason="",status="OK"}'] >= 1
    assert (after["zuko_store_up"], after['zuko_submissions{state="queued"}']) == (1, 0)
    assert not [secret for secret in SECRETS if secret in service.text()]


def test_every_metric_is_there(service: Service) -> None:
    """Those of failures, which have not happened, excepted; no other series is Zuko's."""
    found = {re.split(r"[{ ]", name)[0] for name in service.figures() if not name.startswith("zuko_process_")}
    known = {series for metric in METRICS for series in metric.series}
    assert found <= known
    expected = {metric.series[0] for metric in METRICS if metric.kind is not Kind.COUNTER}
    assert expected - found <= {"zuko_queue_wait_seconds_bucket"}  # only where it was not claimed by being stored
    figures = service.figures()
    assert figures["zuko_slots"] >= 1
    assert sum(value for name, value in figures.items() if name.startswith("zuko_sandboxes")) >= 1
    assert figures["zuko_engine_calls_total"] > 3


def test_the_server_logs_in_json(service: Service) -> None:
    """Also uvicorn, which logs no requests itself."""
    assert service.lines(logger="uvicorn.error")
    assert service.lines(logger="zuko", message="ZUKO_CPUSS: unknown setting, ignored")
    assert not service.lines(logger="uvicorn.access")


def test_figures_are_not_served_unless_asked_for(api: httpx2.Client) -> None:
    assert api.get("/metrics").status_code == 404
