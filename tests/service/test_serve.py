"""`zuko serve`: it refuses an address it cannot listen on, asks for keys where other machines reach it, and serves."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.sync.client import connect

import docker
from tests import ROOT
from tests.harness.command import containers_of, zuko
from tests.harness.server import free_port
from tests.harness.waiting import wait_for
from zuko.cli.serve import AddressError, check_address
from zuko.settings import HttpSettings


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


@pytest.mark.parametrize(("host", "reaches"), [("127.0.0.1", False), ("localhost", False), ("0.0.0.0", True)])
def test_address_that_other_machines_reach(host: str, reaches: bool) -> None:
    assert check_address(host, 0) is reaches


def test_other_machines_need_keys(tmp_path: Path) -> None:
    """Without a key that counts, and without a word about what stands in front, it does not start."""
    command = ("serve", "--host", "0.0.0.0", "--port", "0")
    for store, message in (
        ("none", "ZUKO_STORE=none keeps no keys"),
        (f"sqlite:///{tmp_path}/store.db", "no key exists"),
        (f"sqlite:///{tmp_path}/store.db/nowhere.db", "the keys cannot be read"),
    ):
        result = zuko(*command, ZUKO_STORE=store)
        assert (result.returncode, message in result.stderr.decode()) == (2, True), result.stderr
    assert zuko("keys", "create", "ann", ZUKO_STORE=f"sqlite:///{tmp_path}/store.db").returncode == 0
    (listed,) = zuko("keys", "list", "--json", ZUKO_STORE=f"sqlite:///{tmp_path}/store.db").stdout.splitlines()
    assert zuko("keys", "revoke", json.loads(listed)["id"], ZUKO_STORE=f"sqlite:///{tmp_path}/store.db").returncode == 0
    assert b"no key exists" in zuko(*command, ZUKO_STORE=f"sqlite:///{tmp_path}/store.db").stderr


def test_keys_on_a_server_that_other_machines_reach(docker_client: docker.DockerClient, tmp_path: Path) -> None:
    """A key runs a program, the name of another sees nothing of it, and a key that is revoked ends within seconds."""
    env: dict[str, Any] = {
        "ZUKO_STORE": f"sqlite:///{tmp_path}/store.db",
        "ZUKO_LOG_FORMAT": "json",
        "ZUKO_METRICS": "true",
        "ZUKO_AUDIT_LOG": str(tmp_path / "audit"),
    }
    ann, bob, eve = (
        zuko("keys", "create", name, "--scope", scope, **env).stdout.decode().strip()
        for name, scope in (("ann", "run"), ("bob", "run"), ("eve", "admin"))
    )
    port, program = free_port(), {"language": "python", "code": "print(6 * 7)"}
    command = [sys.executable, "-m", "zuko", "serve", "--host", "0.0.0.0", "--port", str(port)]
    with subprocess.Popen(command, env={**os.environ, **env}, stderr=subprocess.PIPE, text=True) as process:
        client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        try:

            def is_ready() -> bool:
                try:
                    return client.get("/readyz").status_code == 200
                except httpx2.TransportError:
                    return False

            def status(key: str, path: str = "/api/v1/submissions") -> int:
                return client.get(path, headers={"authorization": f"Bearer {key}"}).status_code

            wait_for(is_ready, 60, "the service to be ready")
            assert client.post("/api/v1/execute", json=program).status_code == 401
            sent = client.post("/api/v1/execute", json=program, headers={"authorization": f"Bearer {ann}"})
            assert sent.json()["stdout"] == "42\n"
            stored = client.post("/api/v1/submissions", json=program, headers={"authorization": f"Bearer {ann}"})
            assert [status(key, stored.headers["location"]) for key in (ann, bob)] == [200, 404]
            assert [status(key, "/metrics") for key in (ann, eve)] == [403, 200]
            assert zuko("keys", "revoke", ann.split("_")[1], **env).returncode == 0
            wait_for(lambda: status(ann) == 401, 20, "the key to be refused")
            assert status(bob) == 200
        finally:
            client.close()
            process.terminate()
            _, log = process.communicate(timeout=40)
    lines = [json.loads(line) for line in log.splitlines()]
    assert {line.get("key_name") for line in lines if line.get("http_status") == 200} >= {"ann", "bob", "eve"}
    audit = (tmp_path / "audit").read_text()
    events = [json.loads(line) for line in audit.splitlines()]
    assert [each["event"] for each in events[:4]] == ["created", "created", "created", "refused"]
    assert {(each["name"], each["status"]) for each in events if each["event"] == "used"} >= {
        ("ann", 202),
        ("bob", 404),
    }
    assert events[-1]["name"] == "bob"  # the last request, after ann's was revoked
    assert {each["event"] for each in events if each.get("key") == ann.split("_")[1]} >= {"used", "refused", "revoked"}
    assert not [key for key in (ann, bob, eve) if key.split("_")[2] in log + audit]


def test_a_published_port_decides_about_keys(docker_client: docker.DockerClient, tmp_path: Path) -> None:
    """A container listens on all addresses. Where its port is published decides, as the address does elsewhere."""
    port, store = free_port(), f"sqlite:///{tmp_path}/store.db"
    command = ["serve", "--host", "0.0.0.0", "--port", str(port), "--published"]
    for address, message in (("0.0.0.0", b"no key exists"), ("[::]", b"no key exists"), ("zuko", b"not an address")):
        result = zuko(*command, address, ZUKO_STORE=store)
        assert (result.returncode, message in result.stderr) == (2, True), result.stderr
    env = {**os.environ, "ZUKO_STORE": store}
    with (
        subprocess.Popen([sys.executable, "-m", "zuko", *command, "127.0.0.1"], env=env) as process,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
    ):

        def status(**headers: str) -> int:
            try:
                return client.get("/api/v1/submissions", headers=headers).status_code
            except httpx2.TransportError:
                return 0

        try:
            wait_for(lambda: status() == 200, 60, "the service")
            assert status(host="rebound.example") == 421
        finally:
            process.terminate()
            process.wait(40)


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


def close_after_idling(port: int) -> float:
    """Return the time, in s, after which the server closes a connection that was used again after a pause."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.connect()
        kept = connection.sock
        for pause_s in (0, 1):
            time.sleep(pause_s)
            began = time.monotonic()
            connection.request("GET", "/healthz")
            assert connection.getresponse().read()
            assert connection.sock is kept, "another connection was made"
        assert kept.recv(1) == b""
    return time.monotonic() - began


def test_idle_connections_are_kept_longer_than_a_load_balancer_keeps_them() -> None:
    """That is 60 s. What `zuko serve` does with the setting is tested below."""
    assert HttpSettings().keep_alive_s > 60


def test_wrong_setting() -> None:
    result = zuko("serve", "--port", "0", ZUKO_CPUS="abc")
    assert result.returncode == 2
    assert result.stderr == b"zuko: ZUKO_CPUS: 'abc' is not a number from 0.01 to 1024\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_serves_until_a_signal(docker_client: docker.DockerClient, number: signal.Signals) -> None:
    """The log has a warning of an unknown setting, and none of Python's, also of those that are not shown by default;
    SIGHUP, from a terminal that closes, counts as SIGTERM."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "zuko", "serve", "--port", str(port)]
    env = {**os.environ, "PYTHONWARNINGS": "default", "ZUKO_ROOT_PATH": "/zuko"}
    env |= {"ZUKO_CPUSS": "1", "ZUKO_KEEP_ALIVE_S": "2", "ZUKO_FACADES": "piston"}
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        try:

            def is_ready() -> bool:
                try:
                    return httpx2.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
                except httpx2.TransportError:
                    return False

            wait_for(is_ready, 60, "the service to be ready")
            assert containers_of(docker_client, process)
            if number is signal.SIGTERM:
                assert close_after_idling(port) > 1.9
                with connect(f"ws://127.0.0.1:{port}/api/v2/connect") as talk:
                    talk.send('{"type": "init", "language": "python", "version": "*", "files": [{"content": "1"}]}')
                    assert '"runtime"' in talk.recv(timeout=20)
            process.send_signal(number)
            _, log = process.communicate(timeout=40)
        finally:
            process.kill()
    assert process.returncode == -(signal.SIGTERM if number is signal.SIGHUP else number)
    assert " WARNING zuko: ZUKO_CPUSS: unknown setting" in log
    assert "Traceback" not in log
    assert "Warning" not in log
    wait_for(lambda: not containers_of(docker_client, process), 10, "its sandboxes to be removed")
