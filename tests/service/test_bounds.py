"""The service's bounds: waiting submissions, bodies, and clients that go."""

import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx2

import docker
from tests.harness.load import in_background, wait_busy
from tests.harness.server import MakeServer
from tests.harness.waiting import wait_for


def test_disconnected_client_frees_its_place(own_server: MakeServer, docker_client: docker.DockerClient) -> None:
    """A client that disconnects, while its program runs or waits, takes no capacity."""
    server = own_server(ZUKO_CONCURRENCY="1", ZUKO_SLEEPING_RUNS="0")
    body = b'{"language": "python", "code": "import time; time.sleep(19)", "timeout": 20}'
    head = "POST /api/v1/execute HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(4)]
    for client in clients:
        client.sendall(head.encode() + body)
    wait_busy(server)
    wait_for(lambda: server.client.get("/readyz").json()["waiting"] == 3, 10, "three waiting")
    start = time.monotonic()
    for client in clients:
        client.close()
    assert server.execute("print('served')")["stdout"] == "served\n"
    assert time.monotonic() - start < 5

    def all_places_are_free() -> bool:
        status = server.client.get("/readyz").json()
        return (status["waiting"], status["sandboxes_busy"]) == (0, 0)

    wait_for(all_places_are_free, 5, "every place to be free")


def test_queue_is_bounded_in_number(own_server: MakeServer) -> None:
    server = own_server(ZUKO_CONCURRENCY="1", ZUKO_SLEEPING_RUNS="0", ZUKO_QUEUE_SIZE="2", ZUKO_QUEUE_TIMEOUT_S="60")
    code = "import time; time.sleep(1)"
    with ThreadPoolExecutor(8) as threads:

        def send(_: int) -> httpx2.Response:
            with httpx2.Client(base_url=server.url, timeout=60) as client:
                return client.post("/api/v1/execute", json={"language": "python", "code": code, "timeout": 5})

        responses = list(threads.map(send, range(8)))
    codes = Counter(response.status_code for response in responses)
    assert codes[200] == 3  # one runs, two wait
    assert codes[503] == 5
    refused = next(response for response in responses if response.status_code == 503)
    assert int(refused.headers["retry-after"]) >= 1
    assert (refused.json()["status"], refused.json()["reason"]) == ("ERROR", "no_capacity")


def test_queue_is_bounded_in_time(own_server: MakeServer) -> None:
    server = own_server(ZUKO_CONCURRENCY="1", ZUKO_SLEEPING_RUNS="0", ZUKO_QUEUE_TIMEOUT_S="0.5")
    with in_background(server, "import time; time.sleep(3)", timeout=5) as answers:
        wait_busy(server)
        start = time.monotonic()
        response = server.client.post("/api/v1/execute", json={"language": "python", "code": "print(1)"})
        assert (response.status_code, response.json()["reason"]) == (503, "no_capacity")
        assert "0.5 s" in response.json()["message"]
        assert 0.4 < time.monotonic() - start < 2
    assert isinstance(answers[0], httpx2.Response)
    assert answers[0].json()["status"] == "OK"


def test_bodies_are_bounded_together(own_server: MakeServer) -> None:
    """Many large requests at once cannot fill the memory of the service: some get 503."""
    bounds = {"ZUKO_BODY_LIMIT_BYTES": 6, "ZUKO_JUDGE_BODY_LIMIT_BYTES": 8, "ZUKO_BODIES_LIMIT_BYTES": 8}
    server = own_server(**{name: str(mib << 20) for name, mib in bounds.items()}, ZUKO_CONCURRENCY="1")
    with ThreadPoolExecutor(6) as threads:

        def send(_: int) -> httpx2.Response:
            body = {"language": "python", "code": "import time; time.sleep(0.5)", "input_data": "x" * (3 << 20)}
            with httpx2.Client(base_url=server.url, timeout=60) as client:
                return client.post("/api/v1/execute", json=body)

        responses = list(threads.map(send, range(6)))
    codes = Counter(response.status_code for response in responses)
    assert codes.keys() == {200, 503}
    assert all(r.json()["reason"] == "no_capacity" for r in responses if r.status_code == 503)
    assert server.execute("print(1)", input_data="x" * (5 << 20))["status"] == "OK", "what was held is given back"


def test_small_bodies_pass_large_ones_that_are_held(own_server: MakeServer) -> None:
    """While bodies are as large as may be together, for as long as their programs run, others are served."""
    bounds = {"ZUKO_BODY_LIMIT_BYTES": 6, "ZUKO_JUDGE_BODY_LIMIT_BYTES": 8, "ZUKO_BODIES_LIMIT_BYTES": 8}
    server = own_server(**{name: str(mib << 20) for name, mib in bounds.items()}, ZUKO_CONCURRENCY="3")
    sleep = "import time; time.sleep(4)"
    with ThreadPoolExecutor(2) as threads:
        held = [threads.submit(server.execute, sleep, input_data="x" * (4 << 20), timeout=10) for _ in range(2)]
        wait_busy(server, 2)
        large = {"language": "python", "code": "print(1)", "input_data": "x" * (1 << 20)}
        response = server.client.post("/api/v1/execute", json=large)
        assert (response.status_code, response.json()["reason"]) == (503, "no_capacity")
        assert server.execute("print(1)", input_data="x" * (60 << 10))["stdout"] == "1\n"
        cases = [{"input": "", "output": "1"}]
        small = server.client.post("/api/v1/judge", json={"language": "python", "code": "print(1)", "cases": cases})
        assert small.json()["verdict"] == "AC"
        assert [each.result()["status"] for each in held] == ["OK", "OK"]
