"""Judging when something is full, late or broken."""

import http.client
import json
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import httpx2
import pytest

import docker
from tests.harness.dockerd import NEEDS_DOCKERD, Dockerd
from tests.harness.judging import BODY, ECHO, SUM, SUM_CASES, busy, events, judge, post, running
from tests.harness.server import Server
from tests.harness.waiting import wait_for
from zuko.settings import Settings

SETTINGS: Final = Settings()
MIB: Final = 1 << 20


@pytest.fixture(scope="module")
def roomless(docker_client: docker.DockerClient) -> Iterator[Server]:
    """Return a server whose sandboxes have a workspace of 1 MiB."""
    with Server({"ZUKO_WORKSPACE_MIB": "1", "ZUKO_CONCURRENCY": "1"}) as running:
        yield running.wait_ready()


def test_large_bodies(server: Server) -> None:
    """More than a request to execute may have, and more than nothing is too much."""
    big = "x" * (SETTINGS.input_limit_bytes - 1) + "\n"
    cases = [{"input": big, "output": big}] * 2
    body = {"language": "python", "code": ECHO, "cases": cases}
    assert len(json.dumps(body)) > SETTINGS.body_limit_bytes
    assert judge(server, ECHO, cases)["verdict"] == "AC"


def test_too_large_a_body_is_refused_unread(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.putrequest("POST", "/api/v1/judge")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(SETTINGS.judge_body_limit_bytes + 1))
    connection.endheaders()
    response = connection.getresponse()
    assert response.status == 413
    assert str(SETTINGS.judge_body_limit_bytes) in json.loads(response.read())["detail"][0]["msg"]
    connection.close()


def test_no_capacity(own_server: Callable[..., Server]) -> None:
    """503 with Retry-After, with events too, while another is judged; and a borrowed sandbox is given back."""
    server = own_server(ZUKO_CONCURRENCY="1", ZUKO_QUEUE_SIZE="0")
    with ThreadPoolExecutor(1) as clients:
        first = clients.submit(judge, server, "import time; time.sleep(1)", [{"output": ""}] * 2)
        wait_for(lambda: busy(server) == 1, 10, "the first to run")
        for accept in ("application/json", "text/event-stream"):
            response = server.client.post("/api/v1/judge", json=BODY, headers={"accept": accept})
            assert response.status_code == 503
            assert response.json()["reason"] == "no_capacity"
            assert response.headers["retry-after"] == "1"
        assert first.result()["verdict"] == "AC"


def test_many_cases_leave_room_for_others(own_server: Callable[..., Server]) -> None:
    """Sandboxes beyond the first are borrowed: who comes meanwhile waits for a case and not for all of them."""
    server = own_server(ZUKO_CONCURRENCY="2")
    with ThreadPoolExecutor(1) as clients:
        long = clients.submit(judge, server, "import time; time.sleep(0.5)", [{"output": ""}] * 14)
        wait_for(lambda: busy(server) == 2, 10, "both sandboxes to be used")
        start = time.monotonic()
        with httpx2.Client(base_url=server.url, timeout=60) as other:
            response = other.post("/api/v1/execute", json={"language": "python", "code": "print(1)"}).json()
        assert response["stdout"] == "1\n"
        assert time.monotonic() - start < 3
        wait_for(lambda: busy(server) == 2, 5, "the second one to be borrowed again")
        assert long.result()["verdict"] == "AC"


def test_draining(own_server: Callable[..., Server]) -> None:
    """Running submissions are judged to their end; new ones get 503."""
    server = own_server(ZUKO_CONCURRENCY="1")
    result: list[str] = []

    def listen() -> None:
        result.extend(name for name, _, _ in events(server, code="import time; time.sleep(0.7); print(3)"))

    listener = threading.Thread(target=listen)
    listener.start()
    wait_for(lambda: busy(server) == 1, 10, "the submission to run")
    server.process.send_signal(signal.SIGTERM)
    wait_for(lambda: server.get_status("/readyz") == 503, 10, "the server to drain")
    with httpx2.Client(base_url=server.url, timeout=60) as other:
        response = other.post("/api/v1/judge", json=BODY)
    assert (response.status_code, response.json()["reason"]) == (503, "shutting_down")
    listener.join(30)
    assert result == ["case", "case", "judgement"]


def test_settings_bound_the_cases_and_the_workers(own_server: Callable[..., Server]) -> None:
    server = own_server(ZUKO_JUDGE_CASES_MAX="2", ZUKO_JUDGE_WORKERS="1", ZUKO_JUDGE_OUTPUT_LIMIT_BYTES="2048")
    response = post(server, SUM, [{"output": ""}] * 3)
    assert (response.status_code, response.json()["detail"][0]["loc"]) == (422, ["body", "cases"])
    response = post(server, SUM, SUM_CASES, output_limit_kb=3)
    assert (response.status_code, response.json()["detail"][0]["loc"]) == (422, ["body", "output_limit_kb"])
    with ThreadPoolExecutor(1) as clients:
        slow = "import time; time.sleep(0.5)"
        body = clients.submit(judge, server, slow, [{"output": ""}] * 2, output_limit_kb=2, workers=8)
        wait_for(lambda: busy(server) == 1, 10, "it to run")
        assert max(busy(server) for _ in range(10)) == 1
        result = body.result()
        assert result["verdict"] == "AC", (result["message"], result["compile_output"])


def test_defaults_are_within_what_is_allowed(own_server: Callable[..., Server]) -> None:
    """A request that sets no limit is not refused because of a limit."""
    server = own_server(
        ZUKO_TIMEOUT_MAX_S="1", ZUKO_TIMEOUT_DEFAULT_S="1", ZUKO_JUDGE_OUTPUT_LIMIT_BYTES="2048", ZUKO_CONCURRENCY="1"
    )
    assert judge(server, SUM, SUM_CASES)["verdict"] == "AC"
    assert judge(server, SUM, SUM_CASES, time_limit_ms=None, output_limit_kb=None)["verdict"] == "AC"
    response = judge(server, "print('x' * 3000)", [{"output": ""}])
    assert (response["verdict"], response["message"]) == ("OLE", "wrote more than 2048 bytes to stdout")
    assert judge(server, "while True: pass", [{"output": ""}])["verdict"] == "TLE"


@pytest.mark.parametrize(
    ("convention", "case", "verdict"),
    [
        ("testlib", {"input": "x" * (MIB - 8192), "output": ""}, "JE"),
        ("kattis", {"input": "x" * (MIB // 2), "output": ""}, "AC"),
        ("testlib", {"input": "x" * (MIB // 2), "output": ""}, "JE"),
        ("testlib", {"input": "x" * (MIB // 4), "output": ""}, "AC"),
    ],
)
def test_files_that_a_checker_has_no_room_for(
    roomless: Server, docker_client: docker.DockerClient, convention: str, case: dict[str, str], verdict: str
) -> None:
    """The input, the answer, and by testlib's convention the output, stand in its workspace."""
    code = f"import sys; sys.exit({42 if convention == 'kattis' else 0})"
    checker = {"language": "python", "code": code, "convention": convention}
    response = judge(roomless, ECHO, [case], checker=checker)
    assert response["verdict"] == verdict, response["message"]
    if verdict == "JE":
        assert re.fullmatch(
            r"checker: the files of this case have \d+ bytes, more than its workspace holds \(1048576 bytes\); "
            "the setting ZUKO_WORKSPACE_MIB bounds it",
            response["message"],
        )


@pytest.mark.parametrize("role", ["checker", "interactor"])
@pytest.mark.parametrize("large", ["input", "output"])
def test_a_case_that_no_workspace_holds_is_refused(roomless: Server, role: str, large: str) -> None:
    """It is the request's fault and not the judge's; a built-in checker reads no files, so it takes such a case."""
    cases = [{"output": ""}, {"input": "", "output": "", large: "x" * (MIB + 1)}]
    program = {"language": "python", "code": "import sys; sys.exit(42)"}
    body = {"language": "python", "code": "", "cases": cases, role: program}
    response = roomless.client.post("/api/v1/judge", json=body)
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["body", "cases"]
    assert "cases: 2: input and answer have 1052672 bytes" in response.text
    assert "ZUKO_WORKSPACE_MIB" in response.text
    assert judge(roomless, "", cases)["verdict"] in {"AC", "WA"}


@pytest.mark.parametrize("language", ["python", "cpp"])
def test_a_sandbox_that_is_killed_in_mid_case(
    own_server: Callable[..., Server], docker_client: docker.DockerClient, language: str
) -> None:
    """The case is run again in another sandbox, and the answer is as if nothing had been."""
    server = own_server(ZUKO_CONCURRENCY="1", ZUKO_READY_LANGUAGES=language)
    code = {
        "python": "import time; time.sleep(1.5); print(6)",
        "cpp": '#include <cstdio>\n#include <unistd.h>\nint main() { usleep(1500000); puts("6"); }',
    }[language]
    response: list[tuple[str, str]] = []
    for name, data, _ in events(server, language=language, code=code, cases=[{"output": "6\n"}] * 3):
        if name == "case" and len(response) == 0:
            time.sleep(0.3)  # into the second case
            docker_client.api.kill(running(server, docker_client)[0])
        response.append((name, data["verdict"]))
    assert response == [("case", "AC")] * 3 + [("judgement", "AC")]
    wait_for(lambda: busy(server) == 0, 5, "the sandbox to be given back")


def test_a_sandbox_that_is_killed_while_it_compiles(
    own_server: Callable[..., Server], docker_client: docker.DockerClient
) -> None:
    server = own_server(ZUKO_CONCURRENCY="1", ZUKO_READY_LANGUAGES="cpp")
    code = "#include <iostream>\n#include <map>\n#include <regex>\nint main() { std::cout << 1; }"
    with ThreadPoolExecutor(1) as clients:
        response = clients.submit(judge, server, code, [{"output": "1"}], language="cpp", time_limit_ms=5000)

        wait_for(lambda: running(server, docker_client), 10, "the compiler to run")
        docker_client.api.kill(running(server, docker_client)[0])
        result = response.result()
        assert result["verdict"] == "AC", (result["message"], result["compile_output"])


@NEEDS_DOCKERD[0]
@NEEDS_DOCKERD[1]
def test_image_missing() -> None:
    """503 that names the command, in Go's case and not in Python's: that engine has Python's image alone."""
    with Dockerd() as engine, Server({"DOCKER_HOST": engine.url, "ZUKO_CONCURRENCY": "1"}) as server:
        server.wait_ready()
        response = post(server, "", [{"output": ""}], language="go")
        assert response.status_code == 503
        assert response.json()["reason"] == "image_missing"
        assert "`zuko images build go`" in response.json()["message"]
        assert judge(server, SUM, SUM_CASES)["verdict"] == "AC"
        # A checker's language is the problem setter's business: the submission is not to blame, and may be sent again.
        body = judge(server, SUM, SUM_CASES, checker={"language": "go", "code": ""})
        assert body["verdict"] == "JE"
        assert "`zuko images build go`" in body["message"]
