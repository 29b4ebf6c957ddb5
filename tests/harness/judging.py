"""How tests ask for judgements: requests to a real server, and what is seen of it meanwhile."""

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any, Final

import httpx2

import docker
from tests.harness.containers import runs_program
from tests.harness.server import Server

ECHO: Final = "import sys; sys.stdout.write(sys.stdin.read())"
PATIENT: Final = {"wall_time_limit_ms": 15_000}  # where CPU time is the matter: cores may be busy with others
SUM: Final = "print(sum(map(int, input().split())))"
SUM_CASES: Final = [{"input": "1 2\n", "output": "3\n"}, {"input": "2 2\n", "output": "4\n"}]
BODY: Final[dict[str, Any]] = {"language": "python", "code": SUM, "cases": SUM_CASES}


def post(server: Server, code: str, cases: list[dict[str, Any]], **fields: Any) -> httpx2.Response:
    body = {"language": "python", "code": code, "cases": cases, **fields}
    return server.client.post("/api/v1/judge", json=body, timeout=120)


def judge(server: Server, code: str, cases: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """Return the response to a submission that the service must accept."""
    response = post(server, code, cases, **fields)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def verdicts(answer: dict[str, Any]) -> list[str]:
    return [case["verdict"] for case in answer["cases"]]


def echo(*outputs: str, answer: str = "") -> list[dict[str, Any]]:
    """Return cases whose inputs a program that echoes prints."""
    return [{"input": output, "output": answer} for output in outputs]


def events(server: Server, **fields: Any) -> Iterator[tuple[str, dict[str, Any], float]]:
    """Yield each event as it comes: its name, its data and its time; a comment has the name ""."""
    body = {**BODY, **fields}
    headers = {"accept": "text/event-stream"}
    with server.client.stream("POST", "/api/v1/judge", json=body, headers=headers, timeout=120) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        name = ""
        for line in response.iter_lines():
            if line.startswith(":"):
                yield "", {}, time.monotonic()
            elif line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield name, json.loads(line.removeprefix("data: ")), time.monotonic()


def busy(server: Server) -> int:
    return int(server.client.get("/readyz").json()["sandboxes_busy"])


def running(server: Server, client: docker.DockerClient) -> list[str]:
    """Return the containers in which a program runs in addition to the supervisor."""
    found = []
    for container_id in server.containers(client):
        with contextlib.suppress(docker.errors.APIError):  # gone since, or not started yet
            if runs_program(client, container_id):
                found.append(container_id)
    return found
