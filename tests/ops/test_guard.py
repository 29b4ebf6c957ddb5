"""`zuko guard` before a real engine: Zuko works behind it, and what a service that was taken over might send does not.

The rules are tested alone in tests/unit/guard; here are connections, and containers that are not sandboxes.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

import docker
from tests import ROOT
from tests.harness.server import Server
from tests.harness.waiting import wait_for
from zuko.engine.engine import LABEL, Engine
from zuko.engine.host import DockerHost
from zuko.languages.own import LABEL as OWN_LABEL
from zuko.languages.table import PYTHON
from zuko.settings import Settings
from zuko.types import Isolation

NAME: Final = "zuko-test-guarded"  # of a container that is not a sandbox
ATTACHED: Final = "stdin=1&stdout=1&stderr=1&stream=1"
UPGRADE: Final = "Connection: Upgrade\r\nUpgrade: tcp\r\n"
END: Final = "HTTP/1.1\r\nHost: docker\r\n"


class Guarded:
    """A guard, and what a client of its socket may do."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "docker.sock"
        self.log = directory / "log"
        self.url = f"unix://{self.path}"
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "zuko", "guard", str(self.path)],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), "ZUKO_LOG_FORMAT": "json"},
                stderr=log,
            )
        wait_for(lambda: b" 200 " in self.send(f"GET /_ping {END}\r\n"), 30, "the guard")

    def send(self, text: str | bytes) -> bytes:
        """Return everything that is answered to what a client writes, until the connection is closed."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(20)
            client.connect(str(self.path))
            client.sendall(text.encode() if isinstance(text, str) else text)
            return self.read(client)
        return b""

    @staticmethod
    def read(client: socket.socket) -> bytes:
        answer = b""
        with contextlib.suppress(ConnectionError):
            while data := client.recv(1 << 16):
                answer += data
        return answer

    def status(self, text: str | bytes) -> int:
        answer = self.send(text)
        assert answer.count(b"HTTP/1.1 ") == 1, answer
        return int(answer.split()[1])

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory, docker_client: docker.DockerClient) -> Iterator[Guarded]:
    guarded = Guarded(tmp_path_factory.mktemp("guard"))
    yield guarded
    assert guarded.stop() == 0
    assert not guarded.path.exists()
    assert "traceback" not in guarded.log.read_text()


@pytest.fixture(scope="module")
def other(docker_client: docker.DockerClient) -> Iterator[str]:
    """Return the id of a container that is not a sandbox; it must be there at the end."""
    with contextlib.suppress(docker.errors.NotFound):
        docker_client.containers.get(NAME).remove(force=True)
    container = docker_client.containers.run(
        PYTHON.image, ["600"], entrypoint=["sleep"], name=NAME, detach=True, network_mode="none"
    )
    yield str(container.id)
    container.reload()
    assert container.status == "running"
    assert container.attrs["HostConfig"]["Memory"] == 0
    container.remove(force=True)


@pytest.fixture(scope="module")
def engine(guard: Guarded) -> Iterator[Engine]:
    engine = Engine(DockerHost({"DOCKER_HOST": guard.url}))
    yield engine
    engine.close()


def call(method: str, path: str, body: object = None, more: str = "") -> str:
    text = "" if body is None else json.dumps(body)
    return f"{method} {path} {END}{more}Content-Length: {len(text)}\r\n\r\n{text}"


def test_every_sandbox_of_zuko_passes(engine: Engine) -> None:
    spec = Settings().sandbox(PYTHON)
    assert engine.has_image(spec.image)
    assert spec.image not in engine.images_labelled(OWN_LABEL)
    engine.announce([0])
    with contextlib.ExitStack() as stack:
        first = engine.start_sandbox(spec, 0)
        stack.callback(first.close)
        for other in (
            replace(spec, isolation=Isolation.CONTAINER),
            replace(spec, engine_seccomp=True),
            replace(spec, beside=first.container_id),
        ):
            stack.callback(engine.start_sandbox(other).close)
        engine.limit_memory(first.container_id, spec.memory_bytes * 2)
        assert all(each.slots for each in engine.neighbours())
        engine.sweep()
        assert engine.report().cores


def test_sandboxes_end_with_the_guard_and_the_service_goes_on(
    docker_client: docker.DockerClient, tmp_path: Path
) -> None:
    guarded = Guarded(tmp_path)
    with Server({"DOCKER_HOST": guarded.url, "ZUKO_READY_SANDBOXES": "1", "ZUKO_CONCURRENCY": "1"}) as server:
        server.wait_ready()
        large = "x" * 3_000_000
        done = server.execute("import sys; d = sys.stdin.read(); print(len(d)); print(d[:900000])", input_data=large)
        assert (done["status"], len(done["stdout"])) == ("OK", 900_009)
        assert server.containers(docker_client)
        guarded.stop(signal.SIGKILL)
        wait_for(lambda: not server.containers(docker_client), 20, "sandboxes to end")
        guarded.start()  # over the socket that the killed one has left
        server.wait_ready()
        assert server.execute("print(7)")["stdout"] == "7\n"
        assert "refused" not in guarded.log.read_text()
    assert guarded.stop() == 0


def test_other_containers_cannot_be_reached(guard: Guarded, other: str, engine: Engine) -> None:
    calls = {
        "attach": call("POST", f"/v1.41/containers/{other}/attach?{ATTACHED}", more=UPGRADE),
        "start": call("POST", f"/v1.41/containers/{other}/start"),
        "update": call("POST", f"/v1.41/containers/{other}/update", {"Memory": 1 << 30, "MemorySwap": 1 << 30}),
        "remove": call("DELETE", f"/v1.41/containers/{other}?v=False&link=False&force=True"),
        "exec": call("POST", f"/v1.41/containers/{other}/exec", {"Cmd": ["id"]}),
        "by name": call("DELETE", f"/v1.41/containers/{NAME}?v=False&link=False&force=True"),
    }  # fmt: skip
    assert {what: guard.status(text) for what, text in calls.items()} == dict.fromkeys(calls, 403)
    sandbox = engine.create_sandbox(Settings().sandbox(PYTHON))
    try:
        assert guard.status(call("POST", f"/v1.41/containers/{sandbox.container_id}/exec", {"Cmd": ["id"]})) == 403
        beside = replace(Settings().sandbox(PYTHON), beside=other)
        with pytest.raises(Exception, match="refused"):
            engine.create_sandbox(beside)
    finally:
        sandbox.discard()
    assert "is not a sandbox" in guard.log.read_text()
    # One that does not exist is answered as the engine does: for Zuko it is removed.
    assert guard.status(call("DELETE", f"/v1.41/containers/{'0' * 64}?v=False&link=False&force=True")) == 404


def sandboxes(client: docker.DockerClient) -> list[str]:
    """Return the ids of sandboxes, in any state."""
    return [each["Id"] for each in client.api.containers(all=True, filters={"label": LABEL})]


def hostile_creation() -> str:
    body = {
        "Image": PYTHON.image,
        "HostConfig": {"Privileged": True, "Binds": ["/:/host"]},
        "Labels": {"attack": "yes"},
    }
    return call("POST", "/v1.41/containers/create?name=zuko-attack", body)


SMUGGLED: Final = {
    "after a call": call("GET", "/_ping") + "{}",
    "after a stream that the engine refuses": (
        call("POST", f"/v1.41/containers/{'0' * 64}/attach?{ATTACHED}", more=UPGRADE)
        + "{}"
    ),
    "in chunks": f"GET /_ping {END}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + "{}",
    "with two framings": f"GET /_ping {END}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + "{}",
    "with two lengths": f"GET /_ping {END}Content-Length: 0\r\nContent-Length: 5\r\n\r\n" + "{}",
    "with one length twice": f"GET /_ping {END}Content-Length: 0\r\nContent-Length: 0\r\n\r\n" + "{}",
    "with a list of lengths": f"GET /_ping {END}Content-Length: 0, 5\r\n\r\n" + "{}",
    "with a signed length": f"GET /_ping {END}Content-Length: +0\r\n\r\n" + "{}",
    "with bare line feeds": "GET /_ping HTTP/1.1\nHost: docker\nContent-Length: 0\n\n" + "{}",
    "with a folded header": f"GET /_ping {END}X: y\r\n Transfer-Encoding: chunked\r\n\r\n" + "{}",
    "with a space before the colon": f"GET /_ping {END}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + "{}",
    "in the target": "GET /_ping\x0bHTTP/1.1\r\nX: " + "{}",
    "in HTTP/0.9": "GET /_ping\r\n" + "{}",
    "in HTTP/1.0 that stays": "GET /_ping HTTP/1.0\r\nHost: d\r\nConnection: keep-alive\r\n\r\n" + "{}",
    "in HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "{}",
    "in an upgrade to h2c": f"GET /_ping {END}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n" + "{}",
    "after a promise": call("POST", "/v1.41/containers/create?name=zuko-20000", more="Expect: 100-continue\r\n") + "{}",
    "alone": "{}",
    "with a long head": f"GET /_ping {END}X: {'x' * 100_000}\r\n\r\n" + "{}",
    "with a long body": f"GET /_ping {END}Content-Length: 1000000\r\n\r\n{'x' * 200_000}" + "{}",
}  # fmt: skip


def test_nothing_is_smuggled(guard: Guarded, docker_client: docker.DockerClient) -> None:
    """Whatever is written, one response comes at most, and no container."""
    for what, text in SMUGGLED.items():
        answer = guard.send(text.replace("{}", hostile_creation()))
        assert answer.count(b"HTTP/1.1 ") <= 1, (what, answer)
        assert b'"Id"' not in answer, what
    assert not docker_client.containers.list(all=True, filters={"label": "attack"})
    assert guard.status(call("GET", "/_ping")) == 200


def test_a_stream_stays_a_stream(guard: Guarded, engine: Engine, docker_client: docker.DockerClient) -> None:
    """After the upgrade a call is the input of the sandbox."""
    sandbox = engine.create_sandbox(Settings().sandbox(PYTHON))
    path = f"/v1.41/containers/{sandbox.container_id}"
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect(str(guard.path))
        client.sendall(call("POST", f"{path}/attach?{ATTACHED}", more=UPGRADE).encode())
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 101 ")
        assert guard.status(call("POST", f"{path}/start")) == 204
        client.sendall(hostile_creation().encode())
        assert b"HTTP" not in guard.read(client)  # zuko-init has read it, and ended
    wait_for(lambda: sandbox.container_id not in sandboxes(docker_client), 10, "the sandbox to end")
    sandbox.discard()
    assert not docker_client.containers.list(all=True, filters={"label": "attack"})
