"""The function as AWS runs it: the runtime interface emulator, the real handler, a real engine."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

import docker
from tests.harness.dockerd import NEEDS_DOCKERD
from tests.harness.emulator import HELLO, Emulator, answer, execute, http_event, one_of_each, program
from tests.harness.waiting import wait_for
from zuko.engine.engine import STANDBY_LABEL
from zuko.settings import Settings

pytestmark = NEEDS_DOCKERD

MIB = 1 << 20
LAMBDA_LIMIT = 6 * MIB + 100  # of an answer, as AWS documents it: 6,291,556 bytes


@pytest.fixture(scope="module")
def function(remote: dict[str, str]) -> Iterator[Emulator]:
    """Return a deployed function for the tests that do not break it."""
    with Emulator(remote) as running:
        yield running


def test_hello_world(function: Emulator) -> None:
    response = answer(function.invoke(http_event(body=HELLO)))
    assert (response["status"], response["stdout"], response["exit_code"]) == ("OK", "Hello Zuko\n", 0)
    assert response["time_used"] > 0
    assert response["memory_used"] > 1000


def test_runtime_error(function: Emulator) -> None:
    response = execute(function, "print('before'); 1 / 0")
    assert (response["status"], response["stdout"], response["exit_code"]) == ("RUNTIME_ERROR", "before\n", 1)
    assert "ZeroDivisionError" in response["stderr"]


def test_timeout(function: Emulator) -> None:
    response = execute(function, "print('before'); import time; time.sleep(9)", timeout=1)
    assert (response["status"], response["reason"], response["stdout"]) == ("TIMEOUT", "wall_time_limit", "before\n")
    assert "function" not in response["message"]


JUDGED = {
    "language": "python",
    "code": "print(sum(map(int, input().split())))",
    "cases": [{"input": "1 2\n", "output": "3\n"}, {"input": "2 2\n", "output": "5\n"}],
}


def test_judge(function: Emulator) -> None:
    response = answer(function.invoke(http_event("/api/v1/judge", JUDGED)))
    assert (response["verdict"], response["decided_by"]) == ("WA", "2")
    assert [case["verdict"] for case in response["cases"]] == ["AC", "WA"]
    assert all(case["time_used_ms"] > 0 for case in response["cases"])


def test_judge_with_events(function: Emulator) -> None:
    """Lambda cannot stream a response: the events are one response, complete and as text."""
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
    response = function.invoke(HELLO)
    assert (response["status"], response["stdout"]) == ("OK", "Hello Zuko\n")


@pytest.mark.parametrize(
    "event", [{}, {"language": "python"}, {"language": "python", "code": 1}, [], "text", 1, None, True]
)
def test_a_malformed_direct_invocation(function: Emulator, event: object) -> None:
    assert function.invoke(event)["detail"]


def rest_event(path: str, stage: str, body: object, full_path: str) -> dict[str, Any]:
    """Return an event of a REST API, payload format 1.0."""
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
    """The stage may even have the name of the first part of our routes."""
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
    for path in ("/", ""):
        returned = function.invoke(staged(path, "prod", method="GET"))
        assert (returned["statusCode"], '<base href="/prod/">' in returned["body"]) == (200, True)
    page = function.invoke(staged("/docs", "prod", method="GET"))["body"]
    assert "/prod/openapi.json" in page


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
        response = function.invoke(event)
        assert response["statusCode"] == 200, response
        assert response["headers"]["access-control-allow-origin"] == "https://other.example.net"


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
    """A response of the highest size is sent, however it is encoded on its way; `size` is one character's size."""
    code = (
        "import sys\n"
        f"data = ('{unit}' * (1 << 20)).encode('utf-8', 'surrogateescape')[: 1_048_572]\n"
        "sys.stdout.buffer.write(data); sys.stderr.buffer.write(data)"
    )
    response = function.invoke_raw(http_event(body=program(code, timeout=8)))
    assert len(response.content) < LAMBDA_LIMIT
    result = answer(response.json())
    assert result["status"] == "OK", result["message"]
    sent = sum(size * len(result[name]) for name in ("stdout", "stderr"))
    cut = result["stdout_truncated"] or result["stderr_truncated"]
    if cut:
        assert Settings().response_limit_bytes - 100 < sent <= Settings().response_limit_bytes
    else:
        assert sum(len(result[name].encode()) for name in ("stdout", "stderr")) == 2 * 1_048_572


def test_the_time_that_is_left_bounds_a_run(docker_client: docker.DockerClient) -> None:
    """A timeout longer than Lambda's is answered by us, before Lambda ends the function."""
    with Emulator(timeout_s=6) as function:
        # The emulator counts a cold start as the first request's time.
        wait_for(lambda: b'"OK' in function.invoke_raw(HELLO).content, 30, "a first answer")
        started = time.monotonic()
        response = execute(function, "print('before', flush=True)\nwhile True: pass", timeout=20)
        assert time.monotonic() - started < 6.5
        assert (response["status"], response["reason"], response["stdout"]) == (
            "TIMEOUT",
            "wall_time_limit",
            "before\n",
        )
        assert "20 s were allowed, but the function" in response["message"]
        assert 1000 < response["wall_time_ms"] < 6000
        assert execute(function, "print(1)")["stdout"] == "1\n"


def test_a_compilation_that_the_time_left_cuts_is_not_the_programs_fault(docker_client: docker.DockerClient) -> None:
    """Its result is not known, so it must be sent again: when executed, and when judged."""
    with Emulator(timeout_s=6) as function:
        wait_for(lambda: b'"OK' in function.invoke_raw(HELLO).content, 30, "a first answer")
        waits = {"language": "c", "code": '#include "/dev/stdout"\nint main() {}'}
        response = answer(function.invoke(http_event(body=waits)), 503)
        assert (response["status"], response["reason"]) == ("ERROR", "no_capacity")
        assert response["message"] == "no time was left for the compilation of the submission"
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


def test_one_cell_serves_the_requests_and_one_container_is_created(
    function: Emulator, remote_client: docker.DockerClient
) -> None:
    """After all tests above, nothing else is left."""
    execute(function, "print(1)")
    created, running = one_of_each(remote_client, function)
    assert STANDBY_LABEL in remote_client.api.inspect_container(created)["Config"]["Labels"]
    for number in range(3):
        assert execute(function, f"print({number})")["stdout"] == f"{number}\n"
    assert one_of_each(remote_client, function) == (created, running)
