"""`zuko serve`: it refuses an address it cannot listen on, warns if other machines reach it, and serves."""

import os
import signal
import socket
import subprocess
import sys

import httpx2
import pytest

import docker
from tests import ROOT
from tests.harness.command import containers_of, zuko
from tests.harness.waiting import wait_for
from zuko.cli.serve import AddressError, check_address

WARNING = "there is no authentication"


def run(*command: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, timeout=60, check=False
    )


def test_make_passes_the_address_of_its_command_line() -> None:
    """HOST of the environment is not used: some shells export it, and everyone who reaches a service can use it."""
    printed = run("make", "-n", "serve", HOST="0.0.0.0", PORT="1", ARGS="--reload").stdout
    assert "zuko serve --build --host '127.0.0.1' --port '8000'" in printed
    assert "--reload" not in printed
    printed = run("make", "-n", "serve", "HOST=192.0.2.1", "PORT=8123", "ARGS=--reload").stdout
    assert "zuko serve --build --host '192.0.2.1' --port '8123' --reload" in printed


def test_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(AddressError, match=rf"^port {port} is in use: .*make serve PORT=N"):
            check_address("127.0.0.1", port)
    check_address("127.0.0.1", port)


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("localhost", False), ("0.0.0.0", True)])
def test_address_that_other_machines_reach(capsys: pytest.CaptureFixture[str], host: str, warned: bool) -> None:
    check_address(host, 0)
    assert (WARNING in capsys.readouterr().err) is warned


@pytest.mark.parametrize(
    ("host", "port", "message"),
    [
        ("nowhere.invalid", "0", "'nowhere.invalid' is not an address to listen on"),
        ("192.0.2.1", "0", "cannot listen on 192.0.2.1, port 0"),
        ("127.0.0.1", "http", "--port"),
        ("127.0.0.1", "65536", "--port"),
    ],
)
def test_wrong_address(host: str, port: str, message: str) -> None:
    result = zuko("serve", "--host", host, "--port", port)
    assert result.returncode == 2
    assert message in result.stderr.decode().splitlines()[-1]


def test_wrong_setting() -> None:
    result = zuko("serve", "--port", "0", ZUKO_CPUS="abc")
    assert result.returncode == 2
    assert result.stderr == b"zuko: ZUKO_CPUS: 'abc' is not a number from 0.01 to 1024\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_serves_until_a_signal(docker_client: docker.DockerClient, number: signal.Signals) -> None:
    """The log has a warning of an unknown setting; SIGHUP, from a terminal that closes, counts as SIGTERM."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "zuko", "serve", "--port", str(port)]
    env = {**os.environ, "ZUKO_CPUSS": "1"}
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        try:

            def is_ready() -> bool:
                try:
                    return httpx2.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
                except httpx2.TransportError:
                    return False

            wait_for(is_ready, 60, "the service to be ready")
            assert containers_of(docker_client, process)
            process.send_signal(number)
            _, log = process.communicate(timeout=40)
        finally:
            process.kill()
    assert process.returncode == -(signal.SIGTERM if number is signal.SIGHUP else number)
    assert " WARNING zuko: ZUKO_CPUSS: unknown setting" in log
    assert "Traceback" not in log
    wait_for(lambda: not containers_of(docker_client, process), 10, "its sandboxes to be removed")
