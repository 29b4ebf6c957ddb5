"""The dashboard over a real Prometheus, which reads a real service that has something to do: each query has data."""

import math
import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
import yaml

import docker
from tests import ROOT
from tests.harness.alerts import ALERTS, QUERIES, RULES, expressions
from tests.harness.server import Server, free_port
from tests.harness.waiting import wait_for

pytestmark = pytest.mark.long(20)

# What only a service has whose Docker host or store is away, or whose callers have limits. Otherwise it has no data,
# or, where it has happened once, a rate of 0.
RARE: Final = ("zuko_engine_failures_total", "zuko_store_failures_total", "zuko_limited_total")
PROGRAM: Final = {"language": "python", "code": "print(1)"}
WAITS: Final = {"language": "python", "code": "sum(range(10**7))"}
CASES: Final = [{"input": "", "output": "1\n"}, {"input": "", "output": "2\n"}]


class Prometheus:
    """A server of Debian's package, which reads one service five times a second."""

    def __init__(self, directory: Path, target: str) -> None:
        self._directory = directory
        self._target = target

    def __enter__(self) -> "Prometheus":
        program = shutil.which("prometheus", path=f"{os.environ['PATH']}:{ROOT}/.tools/promtool/usr/bin")
        assert program, "no prometheus here: scripts/setup.sh test unpacks it"
        config = self._directory / "prometheus.yml"
        jobs = [{"job_name": "zuko", "static_configs": [{"targets": [self._target]}]}]
        settings = {"scrape_interval": "200ms", "scrape_timeout": "200ms", "evaluation_interval": "200ms"}
        config.write_text(yaml.safe_dump({"global": settings, "rule_files": [str(ALERTS)], "scrape_configs": jobs}))
        port = free_port()
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=20)
        self.process = subprocess.Popen(
            [
                program,
                f"--config.file={config}",
                f"--storage.tsdb.path={self._directory / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--log.level=error",
            ]
        )
        wait_for(self._answers, 30, "Prometheus to answer")
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.process.kill()
        self.process.wait()

    def _answers(self) -> bool:
        try:
            return self.query("vector(1)") == {(): 1.0}
        except (httpx2.TransportError, KeyError, ValueError):
            return False

    def query(self, query: str) -> dict[tuple[tuple[str, str], ...], float]:
        """Return the values of a query at this moment, by their labels."""
        found = self.client.get("/query", params={"query": query}).json()["data"]["result"]
        return {tuple(sorted(each["metric"].items())): float(each["value"][1]) for each in found}

    def alerts(self) -> dict[str, str]:
        """Return the states of the alerts that fire, or are pending: they will, if it stays as it is."""
        found = self.client.get("/alerts").json()["data"]["alerts"]
        return {each["labels"]["alertname"]: each["state"] for each in found}

    def rules(self) -> list[dict[str, Any]]:
        """Return the rules of alerts, as they were evaluated."""
        (group,) = self.client.get("/rules").json()["data"]["groups"]
        rules: list[dict[str, Any]] = group["rules"]
        return rules


def load(service: Server) -> None:
    """Have the service run, refuse, judge and store, all at the same time."""

    def send(path: str, body: object) -> int:
        status: int = service.client.post(path, json=body).status_code
        return status

    sent = [("/api/v1/execute", PROGRAM), ("/api/v1/judge", {**PROGRAM, "cases": CASES})]
    assert [send(*each) for each in sent] == [200, 200]
    stored = [service.client.post("/api/v1/submissions", json=PROGRAM).headers["location"] for _ in range(3)]
    for each in stored:
        assert service.client.get(each, params={"wait": 20}).json()["state"] == "done"
    with ThreadPoolExecutor(5) as threads:
        statuses = set(threads.map(send, ["/api/v1/execute"] * 5, [WAITS] * 5))
    assert statuses == {200, 503}, statuses


@pytest.fixture(scope="module")
def prometheus(docker_client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    directory = tmp_path_factory.mktemp("dashboard")
    env = {
        "ZUKO_METRICS": "true",
        "ZUKO_STORE": f"sqlite:///{directory}/store.db",
        "ZUKO_CONCURRENCY": "1",
        "ZUKO_QUEUE_SIZE": "2",
    }
    with Server(env) as service:
        service.wait_ready()
        with Prometheus(directory, f"127.0.0.1:{service.port}") as prometheus:
            for number in (1, 2):  # what grows has a rate
                load(service)
                ended = f"sum(zuko_submissions_ended_total) == {3 * number}"
                wait_for(lambda wanted=ended: prometheus.query(wanted), 20, f"Prometheus to have read load {number}")  # type: ignore[misc]
            yield prometheus


def test_every_query_of_the_dashboard_has_data(prometheus: Prometheus) -> None:
    found = {query: prometheus.query(expressions(query)) for query in QUERIES}
    empty = [query for query, values in found.items() if not values]
    usual = [query for query in QUERIES if not any(name in query for name in RARE)]
    assert [query for query in usual if query in empty] == []
    # A quantile is not a number for what has not happened lately, such as a method that is called once.
    numbers = {
        query: [each for each in found[query].values() if not math.isnan(each)] for query in set(found) - {*empty}
    }
    assert [query for query, values in numbers.items() if not values] == []
    assert [query for query in usual if "rate(" in query and max(numbers[query]) <= 0] == []


def test_the_alerts_are_evaluated_and_none_fires(prometheus: Prometheus) -> None:
    """Those about a service that is full may be pending: its programs have waited, and it has refused some."""
    rules = prometheus.rules()
    assert {rule["name"] for rule in rules} == {rule["alert"] for rule in RULES}
    assert {rule["health"] for rule in rules} == {"ok"}
    alerts = prometheus.alerts()
    assert "firing" not in alerts.values()
    assert set(alerts) <= {"ZukoFull", "ZukoSlow"}
