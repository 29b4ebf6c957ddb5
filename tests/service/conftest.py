"""Fixtures of the tests that call the service, the function and the command line."""

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest

import docker
from tests.harness.moto_server import MotoServer
from tests.harness.server import Server
from tests.harness.tls_engine import TlsEngine
from zuko.settings import FACADES


@pytest.fixture(scope="session", autouse=True)
def no_sandbox_outlives_its_owner(nothing_is_left: None) -> None:
    """Check that the tests of this directory have left no sandbox."""


@pytest.fixture
def package(tmp_path: Path) -> Callable[..., Path]:
    """Make a package of one case or several, with submissions given by path."""

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


@pytest.fixture(scope="session")
def facades(docker_client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return one server with every façade for the tests of all of them; none breaks it."""
    directory = tmp_path_factory.mktemp("facades")
    env = {
        "ZUKO_FACADES": ",".join(FACADES),
        "ZUKO_STORE": f"sqlite:///{directory / 'submissions.db'}",
        "ZUKO_JUDGE0_ADMIN_TOKENS": "administrator",
        "ZUKO_JOBE_FILES": str(directory / "jobe"),
    }
    with Server(env) as running:
        yield running.wait_ready()


@pytest.fixture(scope="module")
def impatient(docker_client: docker.DockerClient) -> Iterator[Server]:
    """Return a server that gives checkers little time: as much as a request may ask for."""
    env = {"ZUKO_TIMEOUT_MAX_S": "1", "ZUKO_TIMEOUT_DEFAULT_S": "1", "ZUKO_MEMORY_LIMIT_MAX_MIB": "128"}
    with Server(env) as running:
        yield running.wait_ready()


@pytest.fixture(scope="module")
def remote(tls_engine: TlsEngine, moto_server: MotoServer) -> Iterator[dict[str, str]]:
    """Return the settings of a deployed function: a Docker host behind TLS, its certificate in Secrets Manager."""
    env = {
        "DOCKER_HOST": tls_engine.host,
        "ZUKO_DOCKER_SECRET": "zuko/docker-host/client",
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": moto_server.url,
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
def remote_client(tls_engine: TlsEngine) -> Iterator[docker.DockerClient]:
    """Return a client of the remote Docker host, to inspect containers from outside."""
    with contextlib.closing(tls_engine.client()) as client:
        yield client
