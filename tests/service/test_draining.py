"""A service that is to end: what runs may end first, but not for ever."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

import docker
from tests.harness.load import GONE_WITHIN_S, in_background, wait_busy
from tests.harness.server import MakeServer, Server
from tests.harness.waiting import wait_for


def test_sigterm_drains(own_server: MakeServer, docker_client: docker.DockerClient) -> None:
    """Running submissions finish and are answered, new ones get 503, then the process ends."""
    server = own_server()
    with in_background(server, "import time; time.sleep(2); print('finished')", timeout=10) as answers:
        wait_busy(server)
        server.process.send_signal(signal.SIGTERM)
        wait_for(lambda: server.client.get("/readyz").json()["draining"], 5, "draining")
        response = server.client.post("/api/v1/execute", json={"language": "python", "code": "print(1)"})
        assert (response.status_code, response.json()["reason"]) == (503, "shutting_down")
        assert "retry-after" in response.headers
    assert isinstance(answers[0], httpx2.Response)
    assert answers[0].json()["stdout"] == "finished\n"
    assert server.process.wait(10) in (0, -signal.SIGTERM)
    wait_for(lambda: not server.containers(docker_client), GONE_WITHIN_S, "every sandbox to be removed")


def test_sigterm_ends_what_takes_too_long(own_server: MakeServer) -> None:
    """After the drain's time a running submission is answered with an error of ours, and the process ends."""
    server = own_server(ZUKO_DRAIN_TIMEOUT_S="1")
    with in_background(server, "import time; time.sleep(15)", timeout=20) as answers:
        wait_busy(server)
        start = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(10)
        assert time.monotonic() - start < 6
    assert isinstance(answers[0], httpx2.Response)
    assert (answers[0].json()["status"], answers[0].json()["reason"]) == ("ERROR", "sandbox_error")


CHECKED: dict[str, object] = {
    "language": "python",
    "code": "import time; time.sleep(1.5); print(3)",
    "cases": [{"output": "3\n"}, {"output": "3\n"}],
    "checker": {"language": "python", "code": "raise SystemExit(42)"},
    "wall_time_limit_ms": 10_000,
    "workers": 1,
}


def judged(server: Server, **fields: object) -> dict[str, object]:
    with httpx2.Client(base_url=server.url, timeout=60) as client:
        response: dict[str, object] = client.post("/api/v1/judge", json=CHECKED | fields).json()
    return response


def test_sigterm_lets_a_judgement_have_its_checker(own_server: MakeServer, docker_client: docker.DockerClient) -> None:
    """The first case still runs when the signal comes, and the checker's sandbox is started after it."""
    server = own_server(ZUKO_CONCURRENCY="1")
    with ThreadPoolExecutor(1) as threads:
        response = threads.submit(judged, server)
        wait_busy(server)
        server.process.send_signal(signal.SIGTERM)
        assert response.result()["verdict"] == "AC", response.result()
    assert server.process.wait(10) in (0, -signal.SIGTERM)
    wait_for(lambda: not server.containers(docker_client), GONE_WITHIN_S, "every sandbox to be removed")


def test_sigterm_ends_a_checker_that_takes_too_long(own_server: MakeServer, docker_client: docker.DockerClient) -> None:
    """After the drain's time no sandbox beside the submission's keeps the process from ending; no new one starts."""
    server = own_server(ZUKO_DRAIN_TIMEOUT_S="1", ZUKO_CONCURRENCY="1")
    checker = {"language": "python", "code": "import time; time.sleep(30)"}
    with ThreadPoolExecutor(1) as threads:
        response = threads.submit(judged, server, code="print(3)", checker=checker)
        wait_busy(server)
        time.sleep(1)  # into the checker
        start = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(20)
        assert time.monotonic() - start < 6
        assert response.result()["verdict"] == "JE", response.result()
    wait_for(lambda: not server.containers(docker_client), GONE_WITHIN_S, "every sandbox to be removed")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_what_runs(
    own_server: MakeServer, capfd: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    """The first says what is waited for; the second does not wait for it, and the client is answered all the same."""
    server = own_server()
    with in_background(server, "import time; time.sleep(15)", timeout=20) as answers:
        wait_busy(server)
        start = time.monotonic()
        server.process.send_signal(number)
        server.process.send_signal(number)  # as `uv run` passes on what the terminal has sent to both
        wait_for(lambda: server.client.get("/readyz").json()["draining"], 5, "draining")
        time.sleep(1)  # a person, not a launcher
        assert server.process.poll() is None
        server.process.send_signal(number)
        server.process.wait(10)
        assert time.monotonic() - start < 6
    assert isinstance(answers[0], httpx2.Response)
    assert (answers[0].json()["status"], answers[0].json()["reason"]) == ("ERROR", "sandbox_error")
    message = "finishing 1 running program, at most 30 s; the same signal again ends them"
    assert capfd.readouterr().err.count(message) == 1
