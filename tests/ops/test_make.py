"""`make serve` listens where it was told to, and says so when it cannot, or when everybody would be served."""

import os
import socket
import subprocess
import sys

import pytest

from tests import ROOT


def look(host: str, port: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "scripts/address.py", host, port)


def run(*command: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, timeout=60, check=False
    )


def test_address_is_not_the_environment_s() -> None:
    """Some shells export HOST, and a service without authentication would be everybody's."""
    told = run("make", "-n", "serve", HOST="0.0.0.0", PORT="1", ARGS="--reload").stdout
    assert "--host 127.0.0.1 --port 8000" in told
    assert "--reload" not in told
    assert "--host 192.0.2.1 --port 8123" in run("make", "-n", "serve", "HOST=192.0.2.1", "PORT=8123").stdout


def test_taken_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        result = look("127.0.0.1", port)
    assert (result.returncode, result.stderr) == (1, f"port {port} is taken: make serve PORT=…\n")
    assert look("127.0.0.1", port).returncode == 0


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("localhost", False), ("0.0.0.0", True)])
def test_address_that_others_reach_is_warned_of(host: str, warned: bool) -> None:
    result = look(host, "0")
    assert result.returncode == 0
    assert result.stderr.startswith("warning: ") is warned


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", "http"), ("127.0.0.1", "65536"), ("nowhere.invalid", "8000")])
def test_what_is_no_address(host: str, port: str) -> None:
    """One line, and it names the variable."""
    result = look(host, port)
    assert result.returncode == 1
    assert result.stderr.startswith(("HOST=", "PORT="))
    assert len(result.stderr.splitlines()) == 1
