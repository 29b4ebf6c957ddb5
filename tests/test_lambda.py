"""The function as AWS runs it: the runtime interface emulator, the real handler, a real engine."""

import base64
import contextlib
import json
import re
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

import docker
from tests.conftest import wait_for
from tests.dockerd import NEEDS_DOCKERD
from tests.emulator import Emulator, http_event, program
from tests.tls_engine import TlsEngine
from zuko.api.routes import READINESS_KEPT_S
from zuko.sandbox import LABEL, OWNER_LABEL, STALE_S, STANDBY_LABEL
from zuko.settings import Settings

pytestmark = NEEDS_DOCKERD

HELLO = program("print('Hello', input())", input_data="Zuko\n")
MIB = 1 << 20
LAMBDA_LIMIT = 6 * MIB + 100  # of an answer, as AWS documents it: 6,291,556 bytes


@pytest.fixture(scope="module")
def remote(tls_engine: TlsEngine, moto_server: ThreadedMotoServer) -> Iterator[dict[str, str]]:
    """What a deployed function has: a Docker host behind TLS, and its certificate in Secrets Manager."""
    host, port = moto_server.get_host_and_port()
    env = {
        "DOCKER_HOST": tls_engine.host,
        "ZUKO_DOCKER_SECRET": "zuko/docker-host/client",
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        held = {part: (tls_engine.certs / f"{part}.pem").read_text() for part in ("ca", "cert", "key")}
        client = boto3.client("secretsmanager")
        client.create_secret(Name=env["ZUKO_DOCKER_SECRET"], SecretString=json.dumps(held))
    yield env
    client.delete_secret(SecretId=env["ZUKO_DOCKER_SECRET"], ForceDeleteWithoutRecovery=True)


@pytest.fixture(scope="module")
def function(remote: dict[str, str]) -> Iterator[Emulator]:
    """A deployed function that the tests which do not break it share."""
    with Emulator(remote) as running:
        yield running


@pytest.fixture
def remote_client(tls_engine: TlsEngine) -> Iterator[docker.DockerClient]:
    """The remote Docker host itself, to look at containers from outside."""
    with contextlib.closing(tls_engine.client()) as client:
        yield client


def answer(returned: dict[str, Any], status_code: int = 200) -> dict[str, Any]:
    """The contract's answer in what a function returned to API Gateway."""
    assert returned["statusCode"] == status_code, returned
    assert not returned["isBase64Encoded"]
    return json.loads(returned["body"])


def execute(function: Emulator, code: str, **fields: object) -> dict[str, Any]:
    return answer(function.invoke(http_event(body=program(code, **fields))))


def containers(client: docker.DockerClient, function: Emulator) -> list[dict[str, Any]]:
    """The containers of one environment: its handler runs in a process of the emulator's group."""
    found = client.api.containers(all=True, filters={"label": LABEL})
    pids = function.pids()
    return [each for each in found if int(each["Labels"][OWNER_LABEL].split("/")[2]) in pids]


def one_of_each(client: docker.DockerClient, function: Emulator) -> tuple[str, str]:
    """The ids of the created and of the running container, when the function has one of each and one is ready.

    What it says of itself comes first: a used one may still be running while the start of the created one is asked for.
    """
    found: dict[str, str] = {}
    ready: dict[str, Any] = {}
    there: list[dict[str, Any]] = []

    def settled() -> bool:
        nonlocal ready, there
        time.sleep(READINESS_KEPT_S)  # so long an older answer would be told
        ready = json.loads(function.invoke(http_event("/readyz", method="GET"))["body"])
        there = containers(client, function)
        if ready["sandboxes_ready"] != 1:
            return False
        found.update({each["State"]: each["Id"] for each in there})
        return sorted(each["State"] for each in there) == ["created", "running"]

    wait_for(settled, 15, "one created and one ready", lambda: (ready, there, function.lines()[-20:]))
    return found["created"], found["running"]


# --- the contract -------------------------------------------------------------------------------------------------


def test_hello_world(function: Emulator) -> None:
    told = answer(function.invoke(http_event(body=HELLO)))
    assert (told["status"], told["stdout"], told["exit_code"]) == ("OK", "Hello Zuko\n", 0)
    assert told["time_used"] > 0
    assert told["memory_used"] > 1000


def test_runtime_error(function: Emulator) -> None:
    told = execute(function, "print('before'); 1 / 0")
    assert (told["status"], told["stdout"], told["exit_code"]) == ("RUNTIME_ERROR", "before\n", 1)
    assert "ZeroDivisionError" in told["stderr"]


def test_timeout(function: Emulator) -> None:
    told = execute(function, "print('before'); import time; time.sleep(9)", timeout=1)
    assert (told["status"], told["reason"], told["stdout"]) == ("TIMEOUT", "wall_time_limit", "before\n")
    assert "function" not in told["message"]


JUDGED = {
    "language": "python",
    "code": "print(sum(map(int, input().split())))",
    "cases": [{"input": "1 2\n", "output": "3\n"}, {"input": "2 2\n", "output": "5\n"}],
}


def test_judge(function: Emulator) -> None:
    told = answer(function.invoke(http_event("/api/v1/judge", JUDGED)))
    assert (told["verdict"], told["decided_by"]) == ("WA", "2")
    assert [case["verdict"] for case in told["cases"]] == ["AC", "WA"]
    assert all(case["time_used_ms"] > 0 for case in told["cases"])


def test_judge_with_events(function: Emulator) -> None:
    """Nothing can be streamed through Lambda: the events are one answer, complete and as text."""
    event = http_event("/api/v1/judge", JUDGED)
    event["headers"]["accept"] = "text/event-stream"
    returned = function.invoke(event)
    assert (returned["statusCode"], returned["isBase64Encoded"]) == (200, False)
    assert returned["headers"]["content-type"].startswith("text/event-stream")
    events = [block.splitlines() for block in returned["body"].split("\n\n") if block]
    assert [name for name, _ in events] == ["event: case", "event: case", "event: judgement"]
    cases = [json.loads(data.removeprefix("data: ")) for _, data in events]
    assert [case["verdict"] for case in cases] == ["AC", "WA", "WA"]
    assert execute(function, "print(1)")["stdout"] == "1\n"


def test_a_base64_body(function: Emulator) -> None:
    body = base64.b64encode(json.dumps(HELLO).encode()).decode()
    assert answer(function.invoke(http_event(body=body, isBase64Encoded=True)))["stdout"] == "Hello Zuko\n"


def test_a_direct_invocation(function: Emulator) -> None:
    told = function.invoke(HELLO)
    assert (told["status"], told["stdout"]) == ("OK", "Hello Zuko\n")


@pytest.mark.parametrize(
    "event", [{}, {"language": "python"}, {"language": "python", "code": 1}, [], "text", 1, None, True]
)
def test_a_malformed_direct_invocation(function: Emulator, event: object) -> None:
    assert function.invoke(event)["detail"]


def rest_event(path: str, stage: str, body: object, full_path: str) -> dict[str, Any]:
    """An event of a REST API, payload format 1.0."""
    headers = {"Content-Type": "application/json", "Host": "api.example.net", "X-Forwarded-Proto": "https"}
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"proxy": path.strip("/")},
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/{proxy+}",
            "httpMethod": "POST",
            "path": full_path,
            "stage": stage,
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "identity": {"sourceIp": "192.0.2.1"},
        },
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize("stage", ["prod", "api"])
def test_a_rest_api(function: Emulator, stage: str) -> None:
    """Its stage may even be called like the first part of our routes."""
    event = rest_event("/api/v1/execute", stage, HELLO, f"/{stage}/api/v1/execute")
    assert answer(function.invoke(event))["stdout"] == "Hello Zuko\n"


def test_a_custom_domain_of_a_rest_api(function: Emulator) -> None:
    """There the stage is in no path."""
    event = rest_event("/api/v1/execute", "prod", HELLO, "/api/v1/execute")
    assert answer(function.invoke(event))["stdout"] == "Hello Zuko\n"


def staged(path: str, stage: str, **more: Any) -> dict[str, Any]:
    event = http_event(f"/{stage}{path}", **more)
    event["requestContext"]["stage"] = stage
    return event


def test_a_stage_of_an_http_api(function: Emulator) -> None:
    event = staged("/api/v1/execute", "prod", body=HELLO)
    assert answer(function.invoke(event))["stdout"] == "Hello Zuko\n"


def test_links_have_the_stage(function: Emulator) -> None:
    returned = function.invoke(staged("/", "prod", method="GET"))
    assert (returned["statusCode"], returned["headers"]["location"]) == (307, "/prod/docs")
    page = function.invoke(staged("/docs", "prod", method="GET"))["body"]
    assert "/prod/openapi.json" in page
    assert function.invoke(staged("", "prod", method="GET"))["headers"]["location"] == "/prod/docs"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/api/v1/languages", "/openapi.json", "/docs"])
def test_the_other_routes(function: Emulator, path: str) -> None:
    execute(function, "")  # so that it is ready
    assert function.invoke(http_event(path, method="GET"))["statusCode"] == 200


def test_malformed_requests(function: Emulator) -> None:
    assert answer(function.invoke(http_event(body={"language": "python"})), 422)["detail"][0]["loc"] == ["body", "code"]
    assert answer(function.invoke(http_event(body="{")), 422)["detail"]
    assert function.invoke(http_event("/nothing", method="GET"))["statusCode"] == 404


@pytest.mark.parametrize(
    "broken",
    [
        {"requestContext": None},
        {"requestContext": {}},
        {"requestContext": {"routeKey": "$connect", "connectionId": "1", "stage": "prod"}, "version": None},
        {"headers": None},
        {"body": "a", "isBase64Encoded": True},
        {"body": {"swordfish": 1}},
    ],
)
def test_an_event_that_api_gateway_would_not_send(function: Emulator, broken: dict[str, Any]) -> None:
    """Refused in so many words: no stack trace, and nothing of it in the answer."""
    response = function.invoke_raw({**http_event(body=HELLO), **broken})
    assert response.json()["statusCode"] in {400, 422}
    assert "Traceback" not in response.text
    assert "stackTrace" not in response.text
    assert "swordfish" not in response.text
    assert function.invoke(HELLO)["stdout"] == "Hello Zuko\n"


@pytest.mark.parametrize("headers", [{"host": "a:b"}, {"host": "[::1]:80"}, {"x-forwarded-port": "8080, 443"}])
def test_odd_headers(function: Emulator, headers: dict[str, str]) -> None:
    event = http_event(body=HELLO)
    event["headers"] |= headers
    assert function.invoke(event)["statusCode"] in {200, 400}


def test_cors_is_off_unless_set(function: Emulator) -> None:
    event = http_event(body=HELLO)
    event["headers"]["origin"] = "https://judge.example.net"
    assert "access-control-allow-origin" not in function.invoke(event)["headers"]


def test_cors() -> None:
    with Emulator({"ZUKO_CORS_ORIGINS": "https://judge.example.net, https://other.example.net"}) as function:
        event = http_event(body=HELLO)
        event["headers"]["origin"] = "https://judge.example.net"
        assert function.invoke(event)["headers"]["access-control-allow-origin"] == "https://judge.example.net"
        event["headers"]["origin"] = "https://evil.example.net"
        assert "access-control-allow-origin" not in function.invoke(event)["headers"]
        event = http_event(method="OPTIONS")
        event["headers"] |= {
            "origin": "https://other.example.net",
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization, content-type",
        }
        answer = function.invoke(event)
        assert answer["statusCode"] == 200, answer
        assert answer["headers"]["access-control-allow-origin"] == "https://other.example.net"


# --- Lambda's limits ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "size"),
    [
        ("\\0", 7),
        ('\\"', 4),
        ("\\\\", 4),
        ("\\n", 3),
        ("я", 6),
        ("漢", 6),
        ("😀", 12),
        ("\\udcff", 6),
        ("a", 1),
        ("\\x7f", 6),
    ],
    ids=["NUL", "quote", "backslash", "newline", "cyrillic", "cjk", "emoji", "bytes", "letter", "DEL"],
)
def test_a_full_answer(function: Emulator, unit: str, size: int) -> None:
    """As much as may be sent comes through, whatever it becomes on its way; `size` is what one character becomes."""
    code = (
        "import sys\n"
        f"data = ('{unit}' * (1 << 20)).encode('utf-8', 'surrogateescape')[: 1_048_572]\n"
        "sys.stdout.buffer.write(data); sys.stderr.buffer.write(data)"
    )
    response = function.invoke_raw(http_event(body=program(code, timeout=8)))
    assert len(response.content) < LAMBDA_LIMIT
    told = answer(response.json())
    assert told["status"] == "OK", told["message"]
    sent = sum(size * len(told[name]) for name in ("stdout", "stderr"))
    cut = told["stdout_truncated"] or told["stderr_truncated"]
    if cut:
        assert Settings().response_limit_bytes - 100 < sent <= Settings().response_limit_bytes
    else:
        assert sum(len(told[name].encode()) for name in ("stdout", "stderr")) == 2 * 1_048_572


def test_the_time_that_is_left_bounds_a_run(docker_client: docker.DockerClient) -> None:
    """A timeout longer than Lambda's is answered by us, before Lambda ends the function."""
    with Emulator(timeout_s=9) as function:
        # The emulator counts a cold start as the first request's time.
        wait_for(lambda: b'"OK' in function.invoke_raw(HELLO).content, 30, "a first answer")
        started = time.monotonic()
        told = execute(function, "print('before', flush=True)\nwhile True: pass", timeout=20)
        assert time.monotonic() - started < 9.5
        assert (told["status"], told["reason"], told["stdout"]) == ("TIMEOUT", "wall_time_limit", "before\n")
        assert "20 s were allowed, but the function" in told["message"]
        assert 1000 < told["wall_time_ms"] < 9000
        assert execute(function, "print(1)")["stdout"] == "1\n"


def test_a_compilation_that_the_time_left_cuts_is_not_the_programs_fault(docker_client: docker.DockerClient) -> None:
    """Nobody knows what it would have come to, so it is to be sent again: when executed, and when judged."""
    with Emulator(timeout_s=9) as function:
        wait_for(lambda: b'"OK' in function.invoke_raw(HELLO).content, 30, "a first answer")
        waits = {"language": "c", "code": '#include "/dev/stdout"\nint main() {}'}
        told = answer(function.invoke(http_event(body=waits)), 503)
        assert (told["status"], told["reason"]) == ("ERROR", "no_capacity")
        assert told["message"] == "too little time was left to compile it; try again"
        judged = http_event("/api/v1/judge", body={**waits, "cases": [{"output": ""}]})
        assert answer(function.invoke(judged), 503)["reason"] == "no_capacity"
        judged["headers"]["accept"] = "text/event-stream"  # the status is sent before that is known
        name, data = function.invoke(judged)["body"].strip().splitlines()
        assert (name, json.loads(data.removeprefix("data: "))["reason"]) == ("event: error", "no_capacity")
        requests = [line for line in function.lines() if line.get("message") == "request"]
        assert (requests[-1]["status"], requests[-1]["reason"]) == ("ERROR", "no_capacity")
        assert execute(function, "print(1)")["stdout"] == "1\n"


def test_a_cold_start_answers_the_first_request(remote: dict[str, str]) -> None:
    with Emulator(remote) as function:
        started = time.monotonic()
        assert execute(function, "print(1)")["stdout"] == "1\n"
        assert time.monotonic() - started < 20


# --- the sandbox that is kept ready -------------------------------------------------------------------------------


def test_one_is_ready_and_one_created(function: Emulator, remote_client: docker.DockerClient) -> None:
    execute(function, "print(1)")
    created, running = one_of_each(remote_client, function)
    assert STANDBY_LABEL in remote_client.api.inspect_container(created)["Config"]["Labels"]
    assert execute(function, "print(2)")["stdout"] == "2\n"
    next_created, next_running = one_of_each(remote_client, function)
    assert next_running == created
    assert next_created != running


def test_the_engine_works_while_the_function_is_frozen(docker_client: docker.DockerClient) -> None:
    """The replacement was asked for before the answer: it runs although we do nothing any more."""
    with Emulator() as function:
        execute(function, "print(1)")
        created, _ = one_of_each(docker_client, function)
        execute(function, "print(2)")
        with function.frozen():
            wait_for(lambda: docker_client.api.inspect_container(created)["State"]["Running"], 5, "the replacement")
        assert execute(function, "print(3)")["stdout"] == "3\n"


def test_one_that_has_gone_is_replaced_within_the_request(docker_client: docker.DockerClient) -> None:
    with Emulator() as function:
        execute(function, "print(1)")
        for _ in range(3):
            one_of_each(docker_client, function)
            with function.frozen():
                for each in containers(docker_client, function):
                    with contextlib.suppress(docker.errors.APIError):  # it ends when its start was asked for
                        docker_client.api.remove_container(each["Id"], force=True)
            told = execute(function, "print('whole')")
            assert (told["status"], told["stdout"]) == ("OK", "whole\n")


class Relay:
    """A unix socket that leads to the engine's, counts what the engine is asked, and can be cut."""

    def __init__(self) -> None:
        self.directory = tempfile.TemporaryDirectory(prefix="zuko-relay-")
        self.path = f"{self.directory.name}/docker.sock"
        self.asked: list[str] = []
        self.hangs = False
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "Relay":
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self.cut()
        self.directory.cleanup()

    def cut(self) -> None:
        """Breaks every connection: the engine's side is closed; ours says nothing of it until something is sent."""
        pairs, self._pairs = self._pairs, []
        for ours, engines in pairs:
            for each in (engines, ours):
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                ours, _ = self._listener.accept()
                if self.hangs:
                    self._pairs.append((ours, ours))
                    continue
                engines = socket.socket(socket.AF_UNIX)
                engines.connect("/var/run/docker.sock")
                self._pairs.append((ours, engines))
                threading.Thread(target=self._carry, args=(ours, engines, True), daemon=True).start()
                threading.Thread(target=self._carry, args=(engines, ours, False), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, requests: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if requests and (asked := re.match(rb"(GET|POST|DELETE|HEAD) (\S+) HTTP/1.1\r\n", data)):
                    self.asked.append(f"{asked[1].decode()} {re.sub('[0-9a-f]{64}', 'ID', asked[2].decode())}")
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as running:
        yield running


def test_the_engine_is_not_asked_on_the_hot_path(relay: Relay, docker_client: docker.DockerClient) -> None:
    """From the request to the program's end: nothing. Then the next one's start; the rest is not waited for."""
    with Emulator({"DOCKER_HOST": f"unix://{relay.path}"}) as function:
        execute(function, "print(1)")
        one_of_each(docker_client, function)
        relay.asked.clear()
        seen: list[list[str]] = []
        thread = threading.Thread(
            target=lambda: seen.append([execute(function, "import time; time.sleep(1)")["status"]])
        )
        thread.start()
        time.sleep(0.8)
        assert relay.asked == []
        thread.join()
        assert seen == [["OK"]]
        wait_for(lambda: relay.asked, 5, "the start to be asked for")
        assert re.fullmatch(r"POST /v1\.\d+/containers/ID/start", relay.asked[0])


def test_a_reused_sandbox_needs_no_call_at_all(relay: Relay, docker_client: docker.DockerClient) -> None:
    env = {"DOCKER_HOST": f"unix://{relay.path}", "ZUKO_SANDBOX_MAX_RUNS": "100"}
    with Emulator(env) as function:
        execute(function, "print(1)")
        one_of_each(docker_client, function)
        relay.asked.clear()
        for number in range(5):
            assert execute(function, f"print({number})")["stdout"] == f"{number}\n"
        assert relay.asked == []


@pytest.mark.parametrize("pause_s", [0, 3])
def test_a_cut_connection_while_it_was_frozen(relay: Relay, docker_client: docker.DockerClient, pause_s: int) -> None:
    with Emulator({"DOCKER_HOST": f"unix://{relay.path}"}) as function:
        execute(function, "print(1)")
        one_of_each(docker_client, function)
        with function.frozen():
            relay.cut()
            time.sleep(pause_s)  # a pause is what makes it ask before it believes
        told = execute(function, "print('whole')")
        assert (told["status"], told["stdout"]) == ("OK", "whole\n")


def test_an_engine_that_hangs_keeps_no_answer(relay: Relay, docker_client: docker.DockerClient) -> None:
    """The program ran: what the engine does afterwards, or not, is no reason to let its answer wait."""
    with Emulator({"DOCKER_HOST": f"unix://{relay.path}"}, timeout_s=12) as function:
        wait_for(lambda: b'"OK' in function.invoke_raw(HELLO).content, 30, "a first answer")
        one_of_each(docker_client, function)
        time.sleep(STALE_S + 1)  # from now on the engine would be asked on a new connection
        relay.hangs = True
        started = time.monotonic()
        assert execute(function, "print(1)")["stdout"] == "1\n"
        assert time.monotonic() - started < 2
        told = function.invoke(program("print(2)"))  # its sandbox was asked for on a connection that still works
        assert (told["stdout"] or told["reason"]) in {"2\n", "engine_unavailable"}


def test_a_cut_connection_in_mid_run(relay: Relay, docker_client: docker.DockerClient) -> None:
    """The program had begun: it is not run again, and the failure is ours."""
    with Emulator({"DOCKER_HOST": f"unix://{relay.path}"}) as function:
        execute(function, "print(1)")
        told: list[dict[str, Any]] = []
        thread = threading.Thread(
            target=lambda: told.append(execute(function, "import time; time.sleep(3)", timeout=5))
        )
        thread.start()
        time.sleep(1.5)
        relay.cut()
        thread.join()
        assert (told[0]["status"], told[0]["reason"]) == ("ERROR", "sandbox_error")
        assert execute(function, "print('again')")["stdout"] == "again\n"


def test_killed_in_mid_run(remote: dict[str, str], remote_client: docker.DockerClient) -> None:
    """As when Lambda ends an environment: no sandbox outlives it, and the next environment clears what was created."""
    with Emulator(remote) as function:
        execute(function, "print(1)")
        one_of_each(remote_client, function)
        before = {each["Id"] for each in containers(remote_client, function)}
        event = http_event(body=program("import time; time.sleep(8)", timeout=9))
        thread = threading.Thread(target=_quietly, args=(function, event))
        thread.start()
        time.sleep(1)
        function.signal(signal.SIGKILL)
        thread.join()

    def left(state: str) -> set[str]:
        found = remote_client.api.containers(all=True, filters={"label": LABEL})
        return before & {each["Id"] for each in found if each["State"] == state}

    wait_for(lambda: not left("running"), 5, "every sandbox of it to end")
    with Emulator(remote) as successor:
        execute(successor, "print(1)")
        wait_for(lambda: not left("created"), 10, "what it had created to be removed")


def _quietly(function: Emulator, event: object) -> None:
    with contextlib.suppress(Exception):  # it is killed meanwhile
        function.invoke(event)


# --- trouble ------------------------------------------------------------------------------------------------------


def test_no_docker_host() -> None:
    with Emulator({"DOCKER_HOST": "unix:///nowhere/docker.sock"}) as function:
        told = answer(function.invoke(http_event(body=HELLO)), 503)
        assert (told["status"], told["reason"]) == ("ERROR", "engine_unavailable")
        unreachable = [line for line in function.lines() if "HostUnreachable" in line]
        assert unreachable, function.lines()
        assert unreachable[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]
        assert function.invoke(HELLO)["reason"] == "engine_unavailable"
        assert function.invoke(http_event("/readyz", method="GET"))["statusCode"] == 503
        assert function.invoke(http_event("/healthz", method="GET"))["statusCode"] == 200


def test_a_docker_host_that_comes_back() -> None:
    """All its sandboxes are gone; the next request gets a new one, on a new connection."""
    with TlsEngine() as engine:
        env = {"DOCKER_HOST": engine.host, "DOCKER_CERT_PATH": str(engine.certs)}
        with Emulator(env) as function:
            assert execute(function, "print(1)")["stdout"] == "1\n"
            engine.kill()
            told = function.invoke(HELLO)
            assert (told["status"], told["reason"]) in [("ERROR", "engine_unavailable"), ("ERROR", "sandbox_error")]
            assert function.invoke(HELLO)["reason"] == "engine_unavailable"
            engine.start()
            assert function.invoke(HELLO)["stdout"] == "Hello Zuko\n"


def test_plain_tcp_is_refused() -> None:
    with Emulator({"DOCKER_HOST": "tcp://127.0.0.1:2375"}) as function:
        told = answer(function.invoke(http_event(body=HELLO)), 503)
        assert "ZUKO_ALLOW_PLAIN_TCP" in told["message"]


# --- what is logged -----------------------------------------------------------------------------------------------


def test_one_line_a_request_and_no_word_of_the_program() -> None:
    with Emulator() as function:
        secret = "swordfish"
        execute(function, f"print('{secret}', input()[::-1])", input_data=f"{secret}-in")
        execute(function, f"raise SystemExit('{secret}')")
        requests = [line for line in function.lines() if line.get("message") == "request"]
        assert [line["status"] for line in requests] == ["OK", "RUNTIME_ERROR"]
        first = requests[0]
        assert re.fullmatch(r"[0-9a-f-]{36}", first["request_id"])
        assert (first["method"], first["path"], first["http_status"]) == ("POST", "/api/v1/execute", 200)
        assert first["gateway_request_id"] == "JKJaXmPLvHcESHA="
        assert first["cpu_time_ms"] > 0
        assert first["peak_rss_kb"] > 1000
        assert 0 <= first["sandbox_wait_ms"] < first["elapsed_ms"]
        assert secret not in Path(function.log.name).read_text()


def test_metrics() -> None:
    with Emulator() as function:
        execute(function, "print(1)")
        execute(function, "1 / 0")
        metrics = [line for line in function.lines() if "_aws" in line]
        assert [line["status"] for line in metrics] == ["OK", "RUNTIME_ERROR"]
        told = metrics[0]["_aws"]["CloudWatchMetrics"][0]
        assert told["Namespace"] == "Zuko"
        units = {each["Name"]: each["Unit"] for each in told["Metrics"]}
        assert units == {"Executions": "Count"} | dict.fromkeys(("SandboxWait", "CpuTime", "WallTime"), "Milliseconds")
        assert metrics[0]["Executions"] == [1.0]
        assert metrics[0]["CpuTime"][0] > 0


FAILING = {
    "language": "python",
    "code": "print(input()[::-1])",
    "cases": [{"input": "swordfish\n", "output": "hsifdrows\n"}, {"input": "1\n", "output": "2\n"}, {"output": ""}],
    "stop_at_failure": True,
}


def test_a_judgement_is_logged_and_counted() -> None:
    """Its verdict and its figures, and no word of the program, the cases or what it printed."""
    with Emulator() as function:
        told = answer(function.invoke(http_event("/api/v1/judge", body=FAILING)))
        assert told["verdict"] == "WA", told
        (line,) = [line for line in function.lines() if line.get("message") == "request"]
        assert (line["path"], line["http_status"]) == ("/api/v1/judge", 200)
        assert (line["verdict"], line["cases"], line["cases_skipped"]) == ("WA", 2, 1)
        assert line["cpu_time_ms"] == told["time_used_ms"]
        assert line["wall_time_ms"] == told["wall_time_ms"]
        assert line["peak_rss_kb"] == told["memory_used_kb"]
        assert 0 <= line["sandbox_wait_ms"] < line["elapsed_ms"]
        (metrics,) = [line for line in function.lines() if "_aws" in line]
        assert (metrics["verdict"], metrics["Judgements"]) == ("WA", [1.0])
        told = metrics["_aws"]["CloudWatchMetrics"][0]
        units = {each["Name"]: each["Unit"] for each in told["Metrics"]}
        assert units == {"Judgements": "Count"} | dict.fromkeys(("SandboxWait", "CpuTime", "WallTime"), "Milliseconds")
        logged = Path(function.log.name).read_text()
        assert not [word for word in ("swordfish", "hsifdrows", "input()") if word in logged]


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_judgement_fits_into_an_answer(accept: str) -> None:
    """Its messages are cut, and flagged; the events of all cases and of the whole are one answer, too."""
    limit = 128 * 1024
    checker = "import sys; open(sys.argv[3] + 'judgemessage.txt', 'w').write('я' * 480); sys.exit(42)"
    cases = 60
    with Emulator({"ZUKO_RESPONSE_LIMIT_BYTES": str(limit)}) as function:
        body = {
            "language": "python",
            "code": "print(1)",
            "cases": [{"output": ""}] * cases,
            "checker": {"language": "python", "code": checker},
        }
        event = http_event("/api/v1/judge", body=body)
        event["headers"]["accept"] = accept
        response = function.invoke_raw(event)
        assert len(response.content) < limit + 512 * (1 + cases)
        text = response.json()["body"]
        told = json.loads(text if accept == "application/json" else text.strip().rpartition("data: ")[2])
    assert (told["verdict"], len(told["cases"]), told["messages_truncated"]) == ("AC", cases, True)
    assert {len(case["checker_message"]) for case in told["cases"]} < {*range(480)}
