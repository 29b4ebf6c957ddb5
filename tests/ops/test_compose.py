"""compose.yaml, with the compose that the distribution has: one command starts a service, its store and a worker.

Their engine is one of the test's own: a worker wants its cores for itself, and others test on the machine's.
"""

import os
import shutil
import subprocess
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import httpx2
import pytest
from docker.models.containers import Container

import docker
from tests import ROOT
from tests.harness.dockerd import NEEDS_DOCKERD, Dockerd
from tests.harness.server import free_port
from tests.harness.waiting import wait_for

PROJECT: Final = f"zuko-test-{zlib.crc32(str(ROOT).encode()):08x}"  # other clones on this machine have their own
IMAGE: Final = f"{PROJECT}-service"
PROGRAM: Final = {"language": "python", "code": "print(6 * 7)"}
STAYING: Final = ("guard", "database", "service", "worker")
ONCE: Final = ("migrate", "python")

pytestmark = [*NEEDS_DOCKERD, pytest.mark.timeout(600), pytest.mark.long(90)]


class Stack:
    """The containers that `docker compose up` starts."""

    def __init__(self, client: docker.DockerClient) -> None:
        self.docker = client
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ZUKO_")},
            "SERVICE_PORT": str(self.port),
            "SERVICE_IMAGE": IMAGE,
        }

    def compose(self, *arguments: str, **env: str) -> str:
        command = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
        result = subprocess.run(
            [*command, "--project-name", PROJECT, *arguments],
            cwd=ROOT,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            timeout=580,
            check=False,
        )
        assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-4000:]
        return result.stdout

    def up(self, *arguments: str, **env: str) -> None:
        self.compose("up", "--detach", *arguments, **env)
        wait_for(lambda: self.status("/readyz") == 200, 60, "the service to be ready")

    def status(self, path: str, **headers: str) -> int:
        try:
            return httpx2.get(f"{self.url}{path}", headers=headers, timeout=10).status_code
        except httpx2.TransportError:
            return 0

    def container(self, service: str) -> Container:
        (found,) = self.docker.containers.list(
            all=True,
            filters={"label": [f"com.docker.compose.project={PROJECT}", f"com.docker.compose.service={service}"]},
        )
        return found

    def log(self, service: str) -> str:
        return b"".join(self.container(service).logs(stream=True, follow=False)).decode()

    def inside(self, service: str, *command: str) -> tuple[int, str]:
        code, output = self.container(service).exec_run(list(command))
        assert isinstance(output, bytes)
        return int(code or 0), output.decode()


@pytest.fixture(scope="module")
def stack(docker_client: docker.DockerClient) -> Iterator[Stack]:
    stack = Stack(docker_client)
    with ThreadPoolExecutor() as other:
        # From this clone; the image of Python is there.
        building = other.submit(stack.compose, "build", "--parallel", "guard", "database")
        with Dockerd() as engine:
            building.result()
            stack.env["DOCKER_SOCKET"] = engine.url.removeprefix("unix://")
            yield from started(stack)
            assert not engine.containers()


def started(stack: Stack) -> Iterator[Stack]:
    stack.compose("down", "--volumes", "--timeout", "5")
    try:
        stack.up()
        yield stack
    finally:
        stack.compose("down", "--volumes", "--timeout", "5")
        stack.docker.images.remove(IMAGE)  # the builder's cache makes it fast the next time


def test_one_command_runs_programs_and_stores_them(stack: Stack) -> None:
    with httpx2.Client(base_url=stack.url, timeout=60) as client:
        executed = client.post("/api/v1/execute", json=PROGRAM).json()
        assert (executed["status"], executed["stdout"]) == ("OK", "42\n")
        location = client.post("/api/v1/submissions", json=PROGRAM).headers["location"]
        done = client.get(location, params={"wait": 30}).json()
        assert (done["state"], done["result"]["stdout"]) == ("done", "42\n")
        # A program of the worker: the service leaves them to it.
        assert done["receipt"]["host"] == stack.container("worker").attrs["Config"]["Hostname"]
        assert client.get(location, headers={"host": "rebound.example"}).status_code == 421
    assert '"level": "INFO"' in stack.log("service")
    assert "refused" not in stack.log("guard")


def test_each_container_has_what_it_needs_and_no_more(stack: Stack) -> None:
    attrs: dict[str, dict[str, Any]] = {name: stack.container(name).attrs for name in (*STAYING, *ONCE)}
    for name, each in attrs.items():
        host = each["HostConfig"]
        assert (host["ReadonlyRootfs"], host["CapDrop"], host["Privileged"]) == (True, ["ALL"], False), name
        assert "no-new-privileges:true" in host["SecurityOpt"], name
        assert [m["Source"] for m in each["Mounts"] if m["Type"] == "bind"] == (
            [stack.env["DOCKER_SOCKET"]] if name == "guard" else []
        ), name
        assert (host["NetworkMode"] == "none") is (name != "service"), name
        assert each["Config"]["User"].split(":")[0] not in {"", "root"}, name
        assert (each["Config"]["User"] == "0:10001") is (name == "guard"), name
        assert host["RestartPolicy"]["Name"] == ("unless-stopped" if name in STAYING else "no"), name
        if name in STAYING:
            assert host["Memory"] > 0, name
            assert 0 < host["PidsLimit"] <= 1024, name
        else:
            assert (each["State"]["Status"], each["State"]["ExitCode"]) == ("exited", 0), name
    assert all("Health" in attrs[name]["State"] for name in ("guard", "database", "service"))
    assert attrs["service"]["HostConfig"]["PortBindings"]["8000/tcp"][0]["HostIp"] == "127.0.0.1"
    # From inside: nothing to write to, no engine, and no way into the database under another name.
    assert stack.inside("service", "touch", "/usr/local/x")[0] != 0
    assert stack.inside("service", "test", "-e", "/var/run/docker.sock")[0] != 0
    assert stack.inside("worker", "sh", "-c", "ls /sys/class/net")[1].split() == ["lo"]
    code, output = stack.inside(
        *("worker", "python3.12", "-c"),
        "import psycopg; psycopg.connect('postgresql://postgres@/postgres?host=/run/postgresql')",
    )
    assert (code, "Peer authentication failed" in output) == (1, True)


def test_other_machines_need_a_key(stack: Stack) -> None:
    everywhere = {"SERVICE_ADDRESS": "0.0.0.0"}
    key = stack.compose("run", "--rm", "--no-deps", "service", "keys", "create", "ann").strip()
    stack.up("service", **everywhere)
    assert stack.status("/api/v1/submissions") == 401
    assert stack.status("/api/v1/submissions", authorization=f"Bearer {key}") == 200


def test_what_runs_may_finish_when_it_is_stopped(stack: Stack) -> None:
    stack.up()
    wait_for(lambda: "1 at a time" in stack.log("worker"), 60, "the worker")
    answers: list[str] = []

    def send() -> None:
        program = {"language": "python", "code": "import time; time.sleep(2); print(7)", "timeout": 10}
        answers.append(httpx2.post(f"{stack.url}/api/v1/execute", json=program, timeout=60).json()["stdout"])

    sending = threading.Thread(target=send)
    sending.start()
    wait_for(lambda: httpx2.get(f"{stack.url}/readyz").json()["sandboxes_busy"] == 1, 20, "the program to run")
    began = time.monotonic()
    stack.compose("stop")
    assert time.monotonic() - began < 30  # nothing was waited for until it was killed
    sending.join(30)
    assert answers == ["7\n"]
    assert {name: stack.container(name).attrs["State"]["ExitCode"] for name in STAYING} == {
        **dict.fromkeys(STAYING, 0),
        "service": 143,  # by the signal
    }
