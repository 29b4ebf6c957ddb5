"""An engine of the test's own, so that it can be killed: dockerd in mid-run and back again, and over TCP."""

import contextlib
import socket
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import psutil
import pytest

from tests.harness.dockerd import NEEDS_DOCKERD, Dockerd
from tests.harness.machine import is_alive
from tests.harness.server import Server
from tests.harness.waiting import wait_for
from zuko.engine.engine import LABEL, Engine
from zuko.engine.host import DockerHost
from zuko.errors import SandboxError
from zuko.languages.table import PYTHON
from zuko.settings import Settings
from zuko.types import Limits, Run, SourceFile

pytestmark = [*NEEDS_DOCKERD, pytest.mark.long(30)]


@pytest.fixture(scope="module")
def dockerd() -> Iterator[Dockerd]:
    with Dockerd() as engine:
        yield engine


@contextlib.contextmanager
def relayed(path: str) -> Iterator[str]:
    """Open a loopback TCP port that leads to a unix socket for the length of the block."""

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
    """The run is reported as our failure, requests get 503, then service resumes by itself and nothing is left."""
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


def test_killed_dockerd_finds_no_sandbox_alive(dockerd: Dockerd) -> None:
    """An idle sandbox, one that runs a program and one that is being started end before the engine is back.

    One that it finds alive it may list for ever, and one that was being started it forgets: infra/docker-host.sh.
    """
    spec = Settings().sandbox(PYTHON)
    code = SourceFile("main.py", b"import time; time.sleep(60)")
    sleep = Run(PYTHON.run_argv, Limits(60_000), (code,), env=PYTHON.env)
    # Not with our own client, as that of Docker leaves a socket that is refused to the garbage collector.
    start = ["docker", "--host", dockerd.url, "run", "--rm", "-i", "--network", "none", "--label", LABEL, spec.image]
    with contextlib.closing(Engine(DockerHost({"DOCKER_HOST": dockerd.url}))) as engine:
        with engine.start_sandbox(spec) as idle, engine.start_sandbox(spec) as busy, ThreadPoolExecutor() as threads:
            run = threads.submit(busy.run, sleep)
            wait_for(lambda: interpreters(dockerd) == 3, 10, "a program that runs, beside two warm interpreters")
            with subprocess.Popen(
                start, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            ) as starting:
                wait_for(lambda: len(dockerd.shims()) == 3, 10, "a third container")
                dockerd.kill()
                starting.communicate(timeout=20)
            with pytest.raises(SandboxError):
                run.result(20)
            assert idle.has_ended(), "as the service sees it"
            processes = dockerd.processes()
            assert len(processes) >= 3, "a sandbox does not end by itself without its engine"
            dockerd.end_leftovers()
            assert not [each for each in processes if is_alive(each)]
            assert not dockerd.shims()
        dockerd.start()
        assert not dockerd.containers(), "an engine that answers has removed them"
        engine.start_sandbox(spec).close()
    wait_for(lambda: not dockerd.containers() and not dockerd.shims(), 5, "every sandbox to be removed")


def interpreters(dockerd: Dockerd) -> int:
    """Return how many interpreters have started: warm ones, and programs, which are named so from their start on."""
    count = 0
    for process in dockerd.processes():
        with contextlib.suppress(psutil.NoSuchProcess):
            count += process.cmdline()[-1:] == ["main.py"]
    return count
