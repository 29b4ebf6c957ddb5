"""`zuko worker` on an engine of the test's own: it is alone there, does what is stored, and ends in order."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import ROOT
from tests.harness.dockerd import NEEDS_DOCKERD, Dockerd
from tests.harness.store_claims.values import new_submission, submit_all
from tests.harness.waiting import wait_for
from zuko.submissions.model import State
from zuko.submissions.parts import divide
from zuko.submissions.sqlite import SqliteStore

pytestmark = [*NEEDS_DOCKERD, pytest.mark.timeout(240)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "submissions.db")
    opened.open()
    yield opened
    opened.close()


def test_a_worker_is_alone_on_its_host(tmp_path: Path, store: SqliteStore) -> None:
    cores = os.cpu_count() or 1
    with Dockerd() as engine, (tmp_path / "log").open("w+b") as log:
        env = {**os.environ, "DOCKER_HOST": engine.url, "ZUKO_STORE": f"sqlite:///{tmp_path / 'submissions.db'}"}

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
            second = start(ZUKO_CONCURRENCY="1")
            assert second.wait(60) == 75
            log.seek(0)
            reason = log.read().decode()
            assert f"are used by process {worker.pid} on" in reason
            assert "ZUKO_CONCURRENCY" in reason

            request, _ = divide({"language": "python", "code": "import time; time.sleep(1); print(7)"})
            one = new_submission(request=request)
            submit_all(store, [one])
            wait_for(lambda: store.depth().running == 1, 30, "a claim")
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(60) == 0
            found = store.get("", one.id)
            assert found is not None
            assert found.state is State.DONE  # it had the time to finish
            wait_for(lambda: not engine.containers(), 15, "its sandboxes to end")
            third = start(ZUKO_CONCURRENCY="1")
            wait_for(lambda: any(each.slots == 1 for each in store.workers()), 90, "another worker")
            third.terminate()
            assert third.wait(60) == 0
        finally:
            worker.kill()
            worker.wait()
