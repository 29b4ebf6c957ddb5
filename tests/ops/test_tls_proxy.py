"""scripts/tls_proxy.py: the engine behind TLS, for who has a certificate, half-closed streams included."""

import contextlib
import os
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests import ROOT
from zuko.engine.host import DockerHost
from zuko.errors import EngineError
from zuko.languages.table import PYTHON

PROXY: Final = [sys.executable, "scripts/tls_proxy.py"]
pytestmark = pytest.mark.skipif(
    not os.environ.get("DOCKER_HOST", "unix://").startswith("unix://"), reason="the engine is on another host"
)


@dataclass(frozen=True)
class Door:
    """A proxy that runs, and the certificates that open it."""

    certs: Path
    port: int

    @property
    def environ(self) -> dict[str, str]:
        """Return the environment that a Docker client needs."""
        return {
            "DOCKER_HOST": f"tcp://localhost:{self.port}",
            "DOCKER_TLS_VERIFY": "1",
            "DOCKER_CERT_PATH": str(self.certs),
        }


def make_certs(directory: Path) -> Path:
    subprocess.run(["scripts/certs.sh", "--directory", str(directory)], cwd=ROOT, capture_output=True, check=True)
    return directory


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    certs = make_certs(tmp_path_factory.mktemp("door") / "certs")
    with subprocess.Popen([*PROXY, str(certs), "127.0.0.1"], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Door(certs, int(process.stdout.readline()))
        process.terminate()


def test_the_engine_answers_behind_it(door: Door) -> None:
    client = DockerHost(door.environ).connect()
    try:
        assert client.images(PYTHON.image)
    finally:
        client.close()


def test_no_certificate_no_entry(door: Door) -> None:
    context = ssl.create_default_context(cafile=str(door.certs / "ca.pem"))
    with (
        socket.create_connection(("127.0.0.1", door.port), 10) as connection,
        context.wrap_socket(connection, server_hostname="localhost") as tls,
        pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"),
    ):
        tls.recv(1)


def test_a_foreign_certificate_is_no_entry(door: Door, tmp_path: Path) -> None:
    foreign = make_certs(tmp_path / "foreign")
    shutil.copy(door.certs / "ca.pem", foreign / "ca.pem")
    with pytest.raises(EngineError):  # the alert that says why may be overtaken by the end of the connection
        DockerHost({**door.environ, "DOCKER_CERT_PATH": str(foreign)}).connect()


def test_without_tls_no_entry(door: Door) -> None:
    with (
        socket.create_connection(("127.0.0.1", door.port), 10) as connection,
        contextlib.suppress(ConnectionResetError),
    ):
        connection.sendall(b"GET /_ping HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"HTTP" not in connection.recv(1024)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", ""])
def test_it_never_listens_everywhere(address: str, tmp_path: Path) -> None:
    result = subprocess.run([*PROXY, str(tmp_path), address], cwd=ROOT, capture_output=True, timeout=30, check=False)
    assert result.returncode != 0
    assert result.stdout == b""


def test_it_ends_with_who_started_it(door: Door) -> None:
    """Killed, a script removes nothing. The proxy holds its end of the pipe for as long as it lives."""
    script = f"{shlex.join([*PROXY, str(door.certs), '127.0.0.1'])} & read -r -t 30 <&0; kill -9 $$"
    with subprocess.Popen(
        ["bash", "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert int(process.stdout.readline()) > 0
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.read() == ""  # its end, or the test's time-out
        assert process.wait(10) == -signal.SIGKILL


@pytest.mark.skipif(shutil.which("docker") is None, reason="the docker command is not here")
@pytest.mark.parametrize("size", [0, 5, 20_000_000])
def test_the_end_of_input_does_not_end_the_output(door: Door, size: int) -> None:
    """`docker run -i` ends its side with close_notify, then reads on. 20 MB fill every buffer, both ways at once."""
    sent = os.urandom(size)
    command = ["docker", "run", "--rm", "-i", "--network", "none", "--entrypoint", "cat", PYTHON.image]
    environ = {**os.environ, **door.environ}
    result = subprocess.run(command, input=sent, env=environ, capture_output=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout == sent
