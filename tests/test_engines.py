"""An engine of the test's own, so that it can be killed: dockerd in mid-run and back again, and over TCP."""

import contextlib
import os
import shutil
import signal
import socket
import socketserver
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

import docker
from tests.conftest import Server, wait_for
from zuko.languages import PYTHON
from zuko.sandbox import LABEL

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a Docker engine of its own"),
    pytest.mark.skipif(shutil.which("dockerd") is None, reason="no dockerd here: the engine is on another machine"),
]


class Dockerd:
    """A Docker engine with directories, sockets and a containerd of its own.

    It has a network namespace of its own too: a second engine beside the machine's would take away its bridge.
    containerd is a service beside dockerd, as packages install it: it outlives a dockerd that is killed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.url = f"unix://{root}/docker.sock"
        self.log = (root / "log").open("ab")
        directories = ["--root", f"{root}/containerd", "--state", f"{root}/containerd-state"]
        self.containerd = self._spawn(["containerd", "--address", f"{root}/containerd.sock", *directories])

    def _spawn(self, arguments: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(arguments, stdout=self.log, stderr=self.log, start_new_session=True)

    def start(self) -> None:
        arguments = ["unshare", "--net", "dockerd", "--host", self.url, "--pidfile", f"{self.root}/docker.pid"]
        arguments += ["--containerd", f"{self.root}/containerd.sock", "--data-root", f"{self.root}/data"]
        arguments += ["--exec-root", f"{self.root}/exec", "--bridge", "none", "--iptables=false", "--ip6tables=false"]
        (self.root / "docker.pid").unlink(missing_ok=True)  # of one that was killed
        self.process = self._spawn(arguments)
        wait_for(self.answers, 60, "dockerd to answer")

    def answers(self) -> bool:
        assert self.process.poll() is None, (self.root / "log").read_text()[-2000:]
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(5)
            probe.connect(f"{self.root}/docker.sock")
            probe.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 " in probe.recv(4096)
        return False

    def client(self) -> docker.DockerClient:
        return docker.DockerClient(self.url, timeout=60)

    def containers(self) -> list[str]:
        with contextlib.closing(self.client()) as client:
            return [each["Id"] for each in client.api.containers(all=True, filters={"label": LABEL})]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        for process in (self.process, self.containerd):
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        self.log.close()


@pytest.fixture(scope="module")
def dockerd(docker_client: docker.DockerClient) -> Iterator[Dockerd]:
    root = Path(tempfile.mkdtemp(prefix="zuko-dockerd-"))
    engine = Dockerd(root)
    try:
        engine.start()
        with contextlib.closing(engine.client()) as client:
            client.images.load(b"".join(docker_client.images.get(PYTHON.image).save(named=True)))
        yield engine
    finally:
        engine.stop()
        mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
        for mount in (path for path in reversed(mounts) if path.startswith(str(root))):
            subprocess.run(["umount", "-l", mount], check=False)
        shutil.rmtree(root, ignore_errors=True)


@contextlib.contextmanager
def relayed(path: str) -> Iterator[str]:
    """A loopback TCP port that leads to a unix socket, for as long as the block lasts."""

    class Relay(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.socket(socket.AF_UNIX) as engine:
                engine.connect(path)
                back = threading.Thread(target=pump, args=(engine, self.request), daemon=True)
                back.start()
                pump(self.request, engine)
                back.join()

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Relay) as relay:
        relay.daemon_threads = True
        relay.block_on_close = False
        threading.Thread(target=relay.serve_forever, daemon=True).start()
        yield f"tcp://127.0.0.1:{relay.server_address[1]}"
        relay.shutdown()


def test_over_tcp(dockerd: Dockerd) -> None:
    """The same service with its engine behind TCP: nothing but the address differs."""
    allowed = {"ZUKO_ALLOW_PLAIN_TCP": "true"}
    with relayed(f"{dockerd.root}/docker.sock") as url, Server({"DOCKER_HOST": url, **allowed}) as server:
        server.wait_ready()
        answer = server.execute("print('Hello', input())", input_data="Zuko")
        assert (answer["status"], answer["stdout"]) == ("OK", "Hello Zuko\n")
        assert len(server.execute("print('x' * 1000000)", input_data="y" * 5_000_000)["stdout"]) == 1_000_001
        answer = server.execute("print('before'); import time; time.sleep(9)", timeout=1)
        assert (answer["status"], answer["stdout"]) == ("TIMEOUT", "before\n")
    wait_for(lambda: not dockerd.containers(), 5, "every sandbox to be removed")


def test_dockerd_killed_in_mid_run_and_back_again(dockerd: Dockerd) -> None:
    """What ran is told as our failure; meanwhile 503; afterwards service resumes by itself and nothing is left."""
    with Server({"DOCKER_HOST": dockerd.url}) as server:
        server.wait_ready()
        answers: list[httpx2.Response] = []

        def send() -> None:
            body = {"language": "python", "code": "import time; time.sleep(15); print('wrong')", "timeout": 20}
            with httpx2.Client(base_url=server.url, timeout=60) as client:
                answers.append(client.post("/api/v1/execute", json=body))

        thread = threading.Thread(target=send)
        thread.start()
        wait_for(lambda: server.client.get("/readyz").json()["sandboxes_busy"] == 1, 10, "a running program")
        before = set(dockerd.containers())
        dockerd.kill()
        thread.join(20)
        assert answers, "the client must not be left waiting"
        answer = answers[0].json()
        assert (answer["status"], answer["reason"], answer["stdout"]) == ("ERROR", "sandbox_error", "")

        response = server.client.post("/api/v1/execute", json={"language": "python", "code": "print(1)"})
        assert (response.status_code, response.json()["reason"]) == (503, "engine_unavailable")
        wait_for(lambda: server.get_status("/readyz") == 503, 5, "readiness to tell")
        assert server.get_status("/healthz") == 200

        dockerd.start()
        wait_for(lambda: not before & set(dockerd.containers()), 5, "the sandboxes of before to be removed")
        wait_for(lambda: server.get_status("/readyz") == 200, 20, "service to resume")
        assert server.execute("print('again')")["stdout"] == "again\n"
    wait_for(lambda: not dockerd.containers(), 5, "every sandbox to be removed")
