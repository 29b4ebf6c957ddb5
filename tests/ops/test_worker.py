"""`zuko worker` on an engine of the test's own: it is alone there, does what is stored, and ends in order."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests import ROOT
from tests.harness.dockerd import NEEDS_DOCKERD, Dockerd
from tests.harness.otlp import Collector
from tests.harness.server import free_port
from tests.harness.store_claims.values import new_submission, submit_all
from tests.harness.waiting import wait_for
from zuko.submissions.model import State
from zuko.submissions.parts import divide
from zuko.submissions.sqlite import SqliteStore

pytestmark = [*NEEDS_DOCKERD, pytest.mark.timeout(240)]


def figures_at(port: int) -> dict[str, float]:
    lines = httpx2.get(f"http://127.0.0.1:{port}/metrics").text.splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def test_a_worker_is_alone_on_its_host(tmp_path: Path, store: SqliteStore) -> None:
    cores = os.cpu_count() or 1
    with Dockerd() as engine, Collector() as collector, (tmp_path / "log").open("w+b") as log:
        own = {"DOCKER_HOST": engine.url, "ZUKO_STORE": f"sqlite:///{tmp_path / 'submissions.db'}"}
        own["ZUKO_WORKER_METRICS_PORT"] = str(port := free_port())
        # It sends nothing by itself before its end.
        env = {**os.environ, **own, **collector.env, "OTEL_BSP_SCHEDULE_DELAY": "600000"}

        def start(**settings: str) -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                [sys.executable, "-m", "zuko", "worker"],
                cwd=ROOT,
                env={**env, "PYTHONPATH": str(ROOT), **settings},
                stderr=log,
            )

        worker = start(ZUKO_CONCURRENCY=str(cores))
        try:
            wait_for(lambda: any(each.languages for each in store.workers()), 90, "a worker that has begun")
            busy = start()
            assert busy.wait(60) == 2  # the port of the figures
            second = start(ZUKO_CONCURRENCY="1", ZUKO_WORKER_METRICS_PORT="")
            assert second.wait(60) == 75
            log.seek(0)
            reason = log.read().decode()
            assert f"are used by process {worker.pid} on" in reason
            assert "ZUKO_CONCURRENCY" in reason
            assert f"ZUKO_WORKER_METRICS_PORT: cannot listen on 127.0.0.1, port {port}" in reason

            request, _ = divide({"language": "python", "code": "import time; time.sleep(1); print(7)"})
            one = new_submission(request=request, trace=f"00-{'1' * 32}-{'2' * 16}-01")
            submit_all(store, [one])
            wait_for(lambda: store.depth().running == 1, 30, "a claim")
            figures = figures_at(port)
            expected = {
                "zuko_store_up": 1,
                "zuko_worker_claiming": 1,
                'zuko_worker_submissions{stage="running"}': 1,
                'zuko_submissions{state="running"}': 1,
                'zuko_queue_wait_seconds_count{kind="execute"}': 1,
                "zuko_slots": cores,
            }
            assert {name: figures.get(name) for name in expected} == expected
            assert figures['zuko_store_call_seconds_count{method="claim"}'] >= 1
            assert figures["zuko_engine_calls_total"] > 0
            assert 'zuko_sandboxes{image="zuko-python:3.12",state="busy"}' in figures
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(60) == 0
            found = store.get("", one.id)
            assert found is not None
            assert found.state is State.DONE  # it had the time to finish
            # The last spans are sent before it ends, below the span that has stored the submission.
            (submission,) = collector.of("1" * 32, "submission", "run")["submission"]
            assert (submission.service, submission.parent) == ("zuko-worker", "2" * 16)
            wait_for(lambda: not engine.containers(), 15, "its sandboxes to end")
            third = start(ZUKO_CONCURRENCY="1", ZUKO_WORKER_METRICS_PORT="")
            wait_for(lambda: any(each.slots == 1 for each in store.workers()), 90, "another worker")
            third.terminate()
            assert third.wait(60) == 0
        finally:
            worker.kill()
            worker.wait()
