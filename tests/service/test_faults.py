"""Real faults: what is killed, cut or removed under our feet. After each nothing is left, no wrong answer was
given, and service resumes by itself."""

import contextlib
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

import docker
from tests.harness.server import MakeServer, Server
from tests.harness.waiting import wait_for
from zuko.engine.engine import LABEL, OWNER_LABEL, Engine
from zuko.languages.table import PYTHON
from zuko.settings import Settings

GONE_WITHIN_S = 5.0


@contextlib.contextmanager
def in_background(server: Server, code: str, **fields: object) -> Iterator[list[httpx2.Response | Exception]]:
    """Send a request while the block runs; its response or error is in the list afterwards."""
    answers: list[httpx2.Response | Exception] = []

    def send() -> None:
        try:
            with httpx2.Client(base_url=server.url, timeout=60) as client:
                answers.append(client.post("/api/v1/execute", json={"language": "python", "code": code, **fields}))
        except httpx2.TransportError as error:
            answers.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield answers
    finally:
        thread.join()


def busy(server: Server) -> int:
    time.sleep(0.05)  # readiness is kept for a while: asking more often is useless
    try:
        count: int = server.client.get("/readyz").json()["sandboxes_busy"]
    except httpx2.TransportError:
        return -1
    return count


def wait_busy(server: Server, count: int = 1) -> None:
    wait_for(lambda: busy(server) >= count, 10, f"{count} running programs")


def running(client: docker.DockerClient, server: Server) -> str:
    """Return the id of the server's only container that runs a program in addition to zuko-init."""
    for container_id in server.containers(client):
        if len(client.api.top(container_id)["Processes"]) > 1:
            return container_id
    pytest.fail("no sandbox is running a program")


def test_kill_of_the_service(own_server: MakeServer, docker_client: docker.DockerClient) -> None:
    """SIGKILL, idle and in mid-run: every sandbox hears end of file and ends."""
    server = own_server()
    with in_background(server, "import time; time.sleep(15)", timeout=20) as answers:
        wait_busy(server)
        wait_for(lambda: server.client.get("/readyz").json()["sandboxes_starting"] == 0, 20, "a full pool")
        assert len(server.containers(docker_client)) >= 3
        server.process.kill()
        server.process.wait()
        wait_for(lambda: not server.containers(docker_client), GONE_WITHIN_S, "every sandbox to be removed")
    assert isinstance(answers[0], httpx2.TransportError)


def test_abandoned_container_is_swept(
    own_server: MakeServer, engine: Engine, docker_client: docker.DockerClient
) -> None:
    """A service killed between create and start leaves a container that never runs: the next service removes it."""
    boot, namespace, *_ = engine._owner.split("/")
    labels = {LABEL: "true", OWNER_LABEL: f"{boot}/{namespace}/4194303/1"}  # a pid that is the highest there can be
    left = docker_client.api.create_container(PYTHON.image, labels=labels, host_config={"AutoRemove": True})["Id"]
    server = own_server()

    def swept() -> bool:
        return left not in [each["Id"] for each in docker_client.api.containers(all=True, filters={"label": LABEL})]

    wait_for(swept, GONE_WITHIN_S, "the abandoned container to be removed")
    assert server.execute("print(1)")["status"] == "OK"


def test_kill_of_a_sandbox_in_mid_run(own_server: MakeServer, docker_client: docker.DockerClient) -> None:
    """The response reports a failure of the service, and the next submission runs."""
    server = own_server()
    with in_background(server, "print('begun', flush=True); import time; time.sleep(15)", timeout=20) as answers:
        wait_busy(server)
        wait_for(lambda: running(docker_client, server), 5, "the program")
        docker_client.api.kill(running(docker_client, server))
    assert isinstance(answers[0], httpx2.Response)
    response = answers[0].json()
    assert (response["status"], response["reason"], response["exit_code"]) == ("ERROR", "sandbox_error", None)
    assert response["time_used"] is None
    assert server.execute("print(1)")["status"] == "OK"


def test_removal_of_idle_sandboxes(own_server: MakeServer, docker_client: docker.DockerClient) -> None:
    """`docker rm -f` of every idle one, and a request at once: it is answered, by a new one."""
    server = own_server()
    for round_ in range(3):
        wait_for(lambda: server.client.get("/readyz").json()["sandboxes_ready"] > 0, 20, "a ready sandbox")
        for container_id in server.containers(docker_client):
            with contextlib.suppress(docker.errors.APIError):
                docker_client.api.remove_container(container_id, force=True)
        assert server.execute(f"print({round_})")["stdout"] == f"{round_}\n"


def test_disconnected_client_frees_its_place(own_server: MakeServer, docker_client: docker.DockerClient) -> None:
    """A client that disconnects, while its program runs or waits, takes no capacity."""
    server = own_server(ZUKO_CONCURRENCY="1")
    body = b'{"language": "python", "code": "import time; time.sleep(19)", "timeout": 20}'
    head = "POST /api/v1/execute HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
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
    server = own_server(ZUKO_CONCURRENCY="1", ZUKO_QUEUE_SIZE="2", ZUKO_QUEUE_TIMEOUT_S="60")
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
    server = own_server(ZUKO_CONCURRENCY="1", ZUKO_QUEUE_TIMEOUT_S="0.5")
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


@pytest.mark.alone  # the image is everybody's
def test_missing_image(own_server: MakeServer, docker_client: docker.DockerClient) -> None:
    """Removed while the service runs: 503 in the contract's shape that names it; back again: served again."""
    server = own_server(ZUKO_READY_SANDBOXES="1", ZUKO_CONCURRENCY="1")
    image = docker_client.images.get(PYTHON.image)
    docker_client.api.remove_image(PYTHON.image, force=True, noprune=True)
    try:
        for container_id in server.containers(docker_client):
            docker_client.api.remove_container(container_id, force=True)

        def refused() -> httpx2.Response | None:
            response = server.client.post("/api/v1/execute", json={"language": "python", "code": "print(1)"})
            return response if response.status_code == 503 else None

        wait_for(refused, 10, "a refusal")
        response = refused()
        assert response is not None
        body = response.json()
        assert (body["status"], body["reason"]) == ("ERROR", "image_missing")
        assert PYTHON.image in body["message"]
        assert "`zuko images build python`" in body["message"]
        assert int(response.headers["retry-after"]) >= 1
        wait_for(lambda: server.get_status("/readyz") == 503, 5, "readiness to tell")
        ready = server.client.get("/readyz")
        assert ready.json()["image_present"] is False
        assert ready.json()["engine_reachable"] is True
    finally:
        repository, tag = PYTHON.image.split(":")
        docker_client.api.tag(image.id, repository, tag)
    wait_for(lambda: server.get_status("/readyz") == 200, 20, "service to resume")
    assert server.execute("print(1)")["status"] == "OK"


def test_no_engine(docker_client: docker.DockerClient) -> None:
    """The service starts all the same, is alive, is not ready, and says what to do."""
    with Server({"DOCKER_HOST": "tcp://127.0.0.1:1"}) as server:
        wait_for(lambda: server.get_status("/healthz") == 200, 20, "the service to be alive")
        response = server.client.post("/api/v1/execute", json={"language": "python", "code": "print(1)"})
        body = response.json()
        assert response.status_code == 503
        assert (body["status"], body["reason"]) == ("ERROR", "engine_unavailable")
        assert "DOCKER_HOST" in body["message"]
        assert "127.0.0.1" not in response.text
        ready = server.client.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["engine_reachable"] is False


def test_sigterm_drains(own_server: MakeServer, docker_client: docker.DockerClient) -> None:
    """Running submissions finish and are answered, new ones get 503, then the process ends."""
    server = own_server()
    with in_background(server, "import time; time.sleep(2); print('finished')", timeout=10) as answers:
        wait_busy(server)
        server.process.send_signal(signal.SIGTERM)
        wait_for(lambda: server.client.get("/readyz").json()["draining"], 5, "draining")
        response = server.client.post("/api/v1/execute", json={"language": "python", "code": "print(1)"})
        assert (response.status_code, response.json()["reason"]) == (503, "shutting_down")
        assert "retry-after" in response.headers
    assert isinstance(answers[0], httpx2.Response)
    assert answers[0].json()["stdout"] == "finished\n"
    assert server.process.wait(10) in (0, -signal.SIGTERM)
    wait_for(lambda: not server.containers(docker_client), GONE_WITHIN_S, "every sandbox to be removed")


def test_sandbox_that_hears_nothing_ends(engine: Engine, docker_client: docker.DockerClient) -> None:
    """A frozen or vanished client leaves nothing behind, although its connection stands."""
    spec = replace(Settings().sandbox(PYTHON), idle_s=1)
    with engine.start_sandbox(spec) as sandbox:
        wait_for(sandbox.has_ended, 5, "the sandbox to end by itself")


def test_idle_pool_is_kept_alive(own_server: MakeServer, docker_client: docker.DockerClient) -> None:
    """Pings keep the same sandboxes for longer than their idle time."""
    server = own_server(ZUKO_SANDBOX_IDLE_S="5", ZUKO_CONCURRENCY="1", ZUKO_READY_SANDBOXES="1")
    before = server.containers(docker_client)
    time.sleep(7)  # the claim is about time that passes
    assert server.containers(docker_client) == before


def test_reused_sandboxes_are_replaced_after_their_last_run(
    own_server: MakeServer, docker_client: docker.DockerClient
) -> None:
    server = own_server(ZUKO_SANDBOX_MAX_RUNS="3", ZUKO_CONCURRENCY="1", ZUKO_READY_SANDBOXES="1")
    hosts = [server.execute("import socket; print(socket.gethostname())")["stdout"] for _ in range(9)]
    assert [len(set(hosts[at : at + 3])) for at in (0, 3, 6)] == [1, 1, 1]
    assert len(set(hosts)) == 3


def test_what_one_run_did_to_a_sandbox_is_not_the_next_one_s_misfortune(own_server: MakeServer) -> None:
    """Files that only the kernel's collector of sockets in flight gives back: the audit finds the sandbox not empty.
    It is thrown away, and the next submission runs elsewhere."""
    server = own_server(ZUKO_SANDBOX_MAX_RUNS="100", ZUKO_CONCURRENCY="1")
    leave = """
import array, os, socket
for _ in range(40):
    a, b = socket.socketpair()
    held = [os.open("/tmp", os.O_TMPFILE | os.O_RDWR) for _ in range(2)]
    for each in held:
        os.write(each, bytes(1 << 16))
    rights = array.array("i", [a.fileno(), b.fileno(), *held])
    a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
    b.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
    for each in held:
        os.close(each)
    a.close(); b.close()
"""
    for number in range(15):
        server.execute(leave)
        assert server.execute(f"print({number})")["stdout"] == f"{number}\n"


def test_sigterm_ends_what_takes_too_long(own_server: MakeServer) -> None:
    """After the drain's time a running submission is answered with an error of ours, and the process ends."""
    server = own_server(ZUKO_DRAIN_TIMEOUT_S="1")
    with in_background(server, "import time; time.sleep(15)", timeout=20) as answers:
        wait_busy(server)
        start = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(10)
        assert time.monotonic() - start < 6
    assert isinstance(answers[0], httpx2.Response)
    assert (answers[0].json()["status"], answers[0].json()["reason"]) == ("ERROR", "sandbox_error")


CHECKED: dict[str, object] = {
    "language": "python",
    "code": "import time; time.sleep(1.5); print(3)",
    "cases": [{"output": "3\n"}, {"output": "3\n"}],
    "checker": {"language": "python", "code": "raise SystemExit(42)"},
    "wall_time_limit_ms": 10_000,
    "workers": 1,
}


def judged(server: Server, **fields: object) -> dict[str, object]:
    with httpx2.Client(base_url=server.url, timeout=60) as client:
        response: dict[str, object] = client.post("/api/v1/judge", json=CHECKED | fields).json()
    return response


def test_sigterm_lets_a_judgement_have_its_checker(own_server: MakeServer, docker_client: docker.DockerClient) -> None:
    """The first case still runs when the signal comes, and the checker's sandbox is started after it."""
    server = own_server(ZUKO_CONCURRENCY="1")
    with ThreadPoolExecutor(1) as threads:
        response = threads.submit(judged, server)
        wait_busy(server)
        server.process.send_signal(signal.SIGTERM)
        assert response.result()["verdict"] == "AC", response.result()
    assert server.process.wait(10) in (0, -signal.SIGTERM)
    wait_for(lambda: not server.containers(docker_client), GONE_WITHIN_S, "every sandbox to be removed")


def test_sigterm_ends_a_checker_that_takes_too_long(own_server: MakeServer, docker_client: docker.DockerClient) -> None:
    """After the drain's time no sandbox beside the submission's keeps the process from ending; no new one starts."""
    server = own_server(ZUKO_DRAIN_TIMEOUT_S="1", ZUKO_CONCURRENCY="1")
    checker = {"language": "python", "code": "import time; time.sleep(30)"}
    with ThreadPoolExecutor(1) as threads:
        response = threads.submit(judged, server, code="print(3)", checker=checker)
        wait_busy(server)
        time.sleep(1)  # into the checker
        start = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(20)
        assert time.monotonic() - start < 6
        assert response.result()["verdict"] == "JE", response.result()
    wait_for(lambda: not server.containers(docker_client), GONE_WITHIN_S, "every sandbox to be removed")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_what_runs(
    own_server: MakeServer, capfd: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    """The first says what is waited for; the second does not wait for it, and the client is answered all the same."""
    server = own_server()
    with in_background(server, "import time; time.sleep(15)", timeout=20) as answers:
        wait_busy(server)
        start = time.monotonic()
        server.process.send_signal(number)
        server.process.send_signal(number)  # as `uv run` passes on what the terminal has sent to both
        wait_for(lambda: server.client.get("/readyz").json()["draining"], 5, "draining")
        time.sleep(1)  # a person, not a launcher
        assert server.process.poll() is None
        server.process.send_signal(number)
        server.process.wait(10)
        assert time.monotonic() - start < 6
    assert isinstance(answers[0], httpx2.Response)
    assert (answers[0].json()["status"], answers[0].json()["reason"]) == ("ERROR", "sandbox_error")
    message = "finishing 1 running program, at most 30 s; the same signal again ends them"
    assert capfd.readouterr().err.count(message) == 1


def test_fresh_sandboxes_serve_once(server: Server) -> None:
    hosts = [server.execute("import socket; print(socket.gethostname())")["stdout"] for _ in range(6)]
    assert len(set(hosts)) == 6


def test_sandboxes_are_pinned(server: Server, docker_client: docker.DockerClient) -> None:
    """One core each, and all cores used, where the host has two or more."""
    cores = docker_client.info()["NCPU"]
    if cores < 2:
        pytest.skip("the Docker host has one core: nothing to pin")
    wait_for(lambda: server.client.get("/readyz").json()["sandboxes_ready"] >= cores, 20, "a ready pool")

    def pins() -> set[str]:
        found = set()
        for container_id in server.containers(docker_client):
            with contextlib.suppress(docker.errors.NotFound):  # used up meanwhile
                found.add(docker_client.api.inspect_container(container_id)["HostConfig"]["CpusetCpus"])
        return found

    wait_for(lambda: pins() == {str(core) for core in range(cores)}, 20, "a sandbox on each core, and on one only")


def test_no_more_run_at_once_than_cores(own_server: MakeServer, docker_client: docker.DockerClient) -> None:
    server = own_server(ZUKO_CONCURRENCY="2")
    with ThreadPoolExecutor(6) as threads:
        codes = threads.map(lambda _: server.execute("import time; time.sleep(0.7)"), range(6))
        seen = 0
        for _ in range(40):
            seen = max(seen, busy(server))
            time.sleep(0.03)  # sampling
        assert all(response["status"] == "OK" for response in codes)
    assert seen == 2


def test_an_engine_that_hangs(tmp_path: Path) -> None:
    """The engine accepts connections and says nothing: clients get an error in time, and the service can be ended."""
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(path))
        silent.listen(64)
        with Server({"DOCKER_HOST": f"unix://{path}", "ZUKO_QUEUE_TIMEOUT_S": "2"}) as server:
            wait_for(lambda: server.get_status("/healthz") == 200, 30, "the server to listen")
            started = time.monotonic()
            ready = server.client.get("/readyz")
            assert time.monotonic() - started < 6
            assert (ready.status_code, ready.json()["engine_reachable"]) == (503, False)
            assert "has not answered" in ready.json()["problem"] or "cannot be reached" in ready.json()["problem"]
            response = server.client.post("/api/v1/execute", json={"language": "python", "code": "print(1)"})
            assert (response.status_code, response.json()["reason"]) == (503, "engine_unavailable")
            server.process.terminate()
            assert server.process.wait(35) is not None
