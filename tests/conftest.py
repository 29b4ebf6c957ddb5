"""Fixtures: the real engine, a real server, and the promise that nothing of either is left."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import httpx2
import pytest
from moto.server import ThreadedMotoServer

import docker
from tests.supervisor import Supervisor
from tests.turns import TURNS, is_alone, order
from zuko.engine.engine import LABEL, OWNER_LABEL, STANDBY_LABEL, Engine
from zuko.engine.owner import owner_is_gone
from zuko.languages.table import PYTHON

if TYPE_CHECKING:
    from tests.tls_engine import TlsEngine

ROOT = Path(__file__).parent.parent

# In the background of a shell we ignore SIGINT, and under nohup SIGHUP: so would every process that a test
# sends it to.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order(items)


@pytest.hookimpl(wrapper=True, tryfirst=True)  # before the clock of pytest-timeout starts
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """Each test in its turn. Of a row that is to run alone nobody comes between: their fixtures work ahead."""
    TURNS.take(alone=is_alone(item))
    try:
        return (yield)
    finally:
        if not (is_alone(item) and is_alone(nextitem)):
            TURNS.leave()


@dataclass
class Server:
    """A uvicorn process with the real app, on a loopback port of its own."""

    env: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> "Server":
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "main:app", "--port", str(self.port), "--log-level", "warning"],
            cwd=ROOT,
            env={**os.environ, **self.env},
        )
        self.client = httpx2.Client(base_url=self.url, timeout=60)
        return self

    def containers(self, client: docker.DockerClient) -> list[str]:
        """The ids of this server's containers, in any state."""
        found = client.api.containers(all=True, filters={"label": LABEL})
        return [each["Id"] for each in found if f"/{self.process.pid}/" in each["Labels"][OWNER_LABEL]]

    def wait_ready(self, timeout_s: float = 60) -> "Server":
        wait_for(lambda: self.get_status("/readyz") == 200, timeout_s, "the server to be ready")
        return self

    def get_status(self, path: str) -> int:
        try:
            return self.client.get(path).status_code
        except httpx2.TransportError:
            return 0

    def execute(self, code: str, **fields: object) -> dict:
        """The answer to a program that the service must accept."""
        response = self.client.post("/api/v1/execute", json={"language": "python", "code": code, **fields})
        assert response.status_code == 200, response.text
        return response.json()

    def __exit__(self, *_: object) -> None:
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise


def wait_for(claim: Callable[[], object], timeout_s: float, what: str, seen: Callable[[], object] = str) -> None:
    """Polls until a claim holds; `seen` says what there is instead."""
    deadline = time.monotonic() + timeout_s
    while not claim():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {timeout_s:g} s for {what} {seen()}".rstrip())
        time.sleep(0.05)  # between two looks at another process's state: there is no event to wait for


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a program into a file."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


@pytest.fixture
def package(tmp_path: Path) -> Callable[..., Path]:
    """Makes a package of one case, or of several, whose submissions are given by path."""

    def make(yaml: str, submissions: dict[str, str]) -> Path:
        files = {
            "problem.yaml": f"problem_format_version: 2025-09\nname: One\nuuid: 0d8ad2a1-9a7a-4c7f\n{yaml}",
            "data/secret/1.in": "1\n",
            "data/secret/1.ans": "1\n",
            **{f"submissions/{path}": text for path, text in submissions.items()},
        }
        for name, text in files.items():
            path = tmp_path / "one" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path / "one"

    return make


@pytest.fixture
def init() -> Iterator[Supervisor]:
    """A supervisor that has said hello, without Docker."""
    with Supervisor() as supervisor:
        supervisor.hello()
        yield supervisor


@pytest.fixture(scope="session")
def docker_client() -> Iterator[docker.DockerClient]:
    """The engine itself, to look at containers from outside. No engine is a failure, never a skip."""
    client = docker.from_env(timeout=60)
    client.ping()
    client.images.get(PYTHON.image)
    yield client
    client.close()


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def server(docker_client: docker.DockerClient) -> Iterator[Server]:
    """One server with default settings for every test that does not break it."""
    with Server() as running:
        yield running.wait_ready()


@pytest.fixture(scope="session")
def api(server: Server) -> httpx2.Client:
    return server.client


@pytest.fixture
def own_server(docker_client: docker.DockerClient) -> Iterator[Callable[..., Server]]:
    """Makes servers that a test may break; `own_server(ZUKO_CONCURRENCY="1")` gives one that is ready."""
    with contextlib.ExitStack() as stack:
        yield lambda **env: stack.enter_context(Server(env)).wait_ready()


@pytest.fixture(scope="module")
def impatient(docker_client: docker.DockerClient) -> Iterator[Server]:
    """A server that gives checkers little time: they may take what a request may ask for at the most."""
    env = {"ZUKO_TIMEOUT_MAX_S": "1", "ZUKO_TIMEOUT_DEFAULT_S": "1", "ZUKO_MEMORY_LIMIT_MAX_MIB": "128"}
    with Server(env) as running:
        yield running.wait_ready()


@pytest.fixture(scope="session")
def tls_engine() -> Iterator["TlsEngine"]:
    """A remote Docker host, reached by TLS alone, for every test that does not break it."""
    from tests.tls_engine import TlsEngine  # that module uses this one

    with TlsEngine() as engine:
        yield engine


@pytest.fixture(scope="session")
def moto_server() -> Iterator[ThreadedMotoServer]:
    """A stand-in for AWS on a loopback port."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def remote(tls_engine: "TlsEngine", moto_server: ThreadedMotoServer) -> Iterator[dict[str, str]]:
    """What a deployed function has: a Docker host behind TLS, and its certificate in Secrets Manager."""
    host, port = moto_server.get_host_and_port()
    env = {
        "DOCKER_HOST": tls_engine.host,
        "ZUKO_DOCKER_SECRET": "zuko/docker-host/client",
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        held = {part: (tls_engine.certs / f"{part}.pem").read_text() for part in ("ca", "cert", "key")}
        client = boto3.client("secretsmanager")
        client.create_secret(Name=env["ZUKO_DOCKER_SECRET"], SecretString=json.dumps(held))
    yield env
    client.delete_secret(SecretId=env["ZUKO_DOCKER_SECRET"], ForceDeleteWithoutRecovery=True)


@pytest.fixture
def remote_client(tls_engine: "TlsEngine") -> Iterator[docker.DockerClient]:
    """The remote Docker host itself, to look at containers from outside."""
    with contextlib.closing(tls_engine.client()) as client:
        yield client


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left() -> Iterator[None]:
    """After all tests, whatever they did, no container exists whose owner has ended.

    A function that was killed leaves the one that it had created ahead; the next service's sweep removes that.
    """
    yield
    client = docker.from_env(timeout=60)
    engine = Engine()
    try:
        wait_for(lambda: not orphans(client, created_ahead=False), 10, "every sandbox to be removed")
        engine.sweep()
        wait_for(lambda: not orphans(client), 10, "every sandbox to be removed, by a sweep")
    finally:
        engine.close()
        client.close()


def orphans(client: docker.DockerClient, *, created_ahead: bool = True) -> list[str]:
    """Containers of ours that nobody owns any more. Other services on this machine keep theirs.

    Args:
        client: where they are.
        created_ahead: also those that were created to be started later, and have not been.
    """
    found = client.api.containers(all=True, filters={"label": LABEL})
    if not created_ahead:
        found = [each for each in found if each["State"] != "created" or STANDBY_LABEL not in each["Labels"]]
    return [container["Id"] for container in found if owner_is_gone(container["Labels"][OWNER_LABEL])]
