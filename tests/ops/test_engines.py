"""An engine of the test's own, so that it can be killed: dockerd in mid-run and back again, and over TCP."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator

import httpx2
import pytest

from tests.harness.dockerd import NEEDS_DOCKERD, Dockerd
from tests.harness.server import Server
from tests.harness.waiting import wait_for

pytestmark = NEEDS_DOCKERD


@pytest.fixture(scope="module")
def dockerd() -> Iterator[Dockerd]:
    with Dockerd() as engine:
        yield engine


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
