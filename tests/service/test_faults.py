"""Real faults: what is killed, cut or removed under our feet. After each nothing is left, no wrong answer was
given, and service resumes by itself."""

import contextlib
import socket
import time
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

import docker
from tests.harness.load import GONE_WITHIN_S, in_background, running, wait_busy
from tests.harness.server import MakeServer, Server
from tests.harness.waiting import wait_for
from zuko.engine.engine import LABEL, OWNER_LABEL, Engine
from zuko.languages.table import PYTHON
from zuko.settings import Settings


def test_kill_of_the_service(own_server: MakeServer, docker_client: docker.DockerClient) -> None:
    """SIGKILL, idle and in mid-run: every sandbox hears end of file and ends."""
    server = own_server(ZUKO_READY_SANDBOXES="2")
    with in_background(server, "import time; time.sleep(15)", timeout=20) as answers:
        wait_busy(server)
        wait_for(lambda: server.client.get("/readyz").json()["sandboxes_starting"] == 0, 20, "a full pool")
        assert len(server.containers(docker_client)) >= 3
        server.process.kill()
        server.process.wait()
        wait_for(lambda: not server.containers(docker_client), GONE_WITHIN_S, "every sandbox to be removed")
    assert isinstance(answers[0], httpx2.TransportError)


def test_abandoned_container_is_swept(
    own_server: MakeServer, engine: Engine, docker_client: docker.DockerClient
) -> None:
    """A service killed between create and start leaves a container that never runs: the next service removes it."""
    boot, namespace, *_ = engine._owner.split("/")
    labels = {LABEL: "true", OWNER_LABEL: f"{boot}/{namespace}/4194303/1"}  # a pid that is the highest there can be
    left = docker_client.api.create_container(PYTHON.image, labels=labels, host_config={"AutoRemove": True})["Id"]
    server = own_server()

    def swept() -> bool:
        return left not in [each["Id"] for each in docker_client.api.containers(all=True, filters={"label": LABEL})]

    wait_for(swept, GONE_WITHIN_S, "the abandoned container to be removed")
    assert server.execute("print(1)")["status"] == "OK"


def test_kill_of_a_sandbox_in_mid_run(own_server: MakeServer, docker_client: docker.DockerClient) -> None:
    """The response reports a failure of the service, and the next submission runs."""
    server = own_server()
    with in_background(server, "print('begun', flush=True); import time; time.sleep(15)", timeout=20) as answers:
        wait_busy(server)
        wait_for(lambda: running(docker_client, server), 5, "the program")
        docker_client.api.kill(running(docker_client, server))
    assert isinstance(answers[0], httpx2.Response)
    response = answers[0].json()
    assert (response["status"], response["reason"], response["exit_code"]) == ("ERROR", "sandbox_error", None)
    assert response["time_used"] is None
    assert server.execute("print(1)")["status"] == "OK"


def test_removal_of_idle_sandboxes(own_server: MakeServer, docker_client: docker.DockerClient) -> None:
    """`docker rm -f` of every idle one, and a request at once: it is answered, by a new one."""
    server = own_server()
    for round_ in range(3):
        wait_for(lambda: server.client.get("/readyz").json()["sandboxes_ready"] > 0, 20, "a ready sandbox")
        for container_id in server.containers(docker_client):
            with contextlib.suppress(docker.errors.APIError):
                docker_client.api.remove_container(container_id, force=True)
        assert server.execute(f"print({round_})")["stdout"] == f"{round_}\n"


@pytest.mark.alone  # the image is everybody's
def test_missing_image(own_server: MakeServer, docker_client: docker.DockerClient) -> None:
    """Removed while the service runs: 503 in the contract's shape that names it; back again: served again."""
    server = own_server(ZUKO_READY_SANDBOXES="1", ZUKO_CONCURRENCY="1")
    image = docker_client.images.get(PYTHON.image)
    docker_client.api.remove_image(PYTHON.image, force=True, noprune=True)
    try:
        for container_id in server.containers(docker_client):
            docker_client.api.remove_container(container_id, force=True)

        def refused() -> httpx2.Response | None:
            response = server.client.post("/api/v1/execute", json={"language": "python", "code": "print(1)"})
            return response if response.status_code == 503 else None

        wait_for(refused, 10, "a refusal")
        response = refused()
        assert response is not None
        body = response.json()
        assert (body["status"], body["reason"]) == ("ERROR", "image_missing")
        assert PYTHON.image in body["message"]
        assert "`zuko images build python`" in body["message"]
        assert int(response.headers["retry-after"]) >= 1
        wait_for(lambda: server.get_status("/readyz") == 503, 5, "readiness to tell")
        ready = server.client.get("/readyz")
        assert ready.json()["image_present"] is False
        assert ready.json()["engine_reachable"] is True
    finally:
        repository, tag = PYTHON.image.split(":")
        docker_client.api.tag(image.id, repository, tag)
    wait_for(lambda: server.get_status("/readyz") == 200, 20, "service to resume")
    assert server.execute("print(1)")["status"] == "OK"


def test_no_engine(docker_client: docker.DockerClient) -> None:
    """The service starts all the same, is alive, is not ready, and says what to do."""
    with Server({"DOCKER_HOST": "tcp://127.0.0.1:1"}) as server:
        wait_for(lambda: server.get_status("/healthz") == 200, 20, "the service to be alive")
        response = server.client.post("/api/v1/execute", json={"language": "python", "code": "print(1)"})
        body = response.json()
        assert response.status_code == 503
        assert (body["status"], body["reason"]) == ("ERROR", "engine_unavailable")
        assert "DOCKER_HOST" in body["message"]
        assert "127.0.0.1" not in response.text
        ready = server.client.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["engine_reachable"] is False


def test_sandbox_that_hears_nothing_ends(engine: Engine, docker_client: docker.DockerClient) -> None:
    """A frozen or vanished client leaves nothing behind, although its connection stands."""
    spec = replace(Settings().sandbox(PYTHON), idle_s=1)
    with engine.start_sandbox(spec) as sandbox:
        wait_for(sandbox.has_ended, 5, "the sandbox to end by itself")


def test_an_engine_that_hangs(tmp_path: Path) -> None:
    """The engine accepts connections and says nothing: clients get an error in time, and the service can be ended."""
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(path))
        silent.listen(64)
        with Server({"DOCKER_HOST": f"unix://{path}", "ZUKO_QUEUE_TIMEOUT_S": "2"}) as server:
            wait_for(lambda: server.get_status("/healthz") == 200, 30, "the server to listen")
            started = time.monotonic()
            ready = server.client.get("/readyz")
            assert time.monotonic() - started < 6
            assert (ready.status_code, ready.json()["engine_reachable"]) == (503, False)
            assert "has not answered" in ready.json()["problem"] or "cannot be reached" in ready.json()["problem"]
            response = server.client.post("/api/v1/execute", json={"language": "python", "code": "print(1)"})
            assert (response.status_code, response.json()["reason"]) == (503, "engine_unavailable")
            server.process.terminate()
            assert server.process.wait(35) is not None
