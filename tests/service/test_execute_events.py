"""Events of executions, by HTTP, on the real engine."""

import json
import subprocess
import time
from typing import Any, Final

import httpx2

from tests.harness.pages import DOCS, blocks
from tests.harness.server import Server

CODE: Final = """
import sys, time
for number in range(3):
    print("out", number, "é", flush=True)
    time.sleep(0.1)
    print("err", number, file=sys.stderr, flush=True)
    time.sleep(0.1)
"""


def follow(api: httpx2.Client, code: str, language: str = "python", **fields: Any) -> list[tuple[str, Any, float]]:
    """Return the events of an execution, with the time at which each came."""
    body = {"language": language, "code": code, **fields}
    read = []
    name = ""
    with api.stream("POST", "/api/v1/execute", json=body, headers={"accept": "text/event-stream"}) as response:
        assert response.status_code == 200
        for line in response.iter_lines():
            key, _, value = line.partition(": ")
            if key == "event":
                name = value
            elif key == "data":
                read.append((name, json.loads(value), time.monotonic()))
    return read


def test_outputs_come_while_the_program_runs(api: httpx2.Client) -> None:
    events = follow(api, CODE)
    assert [(name, data["data"]) for name, data, _ in events[:-1]] == [
        (name, f"{name[3:]} {number}{' é' * (name == 'stdout')}\n")
        for number in range(3)
        for name in ("stdout", "stderr")
    ]
    assert events[-1][2] - events[0][2] > 0.4
    name, result, _ = events[-1]
    plain = api.post("/api/v1/execute", json={"language": "python", "code": CODE}).json()
    assert name == "result"
    assert [result[key] for key in ("status", "stdout", "stderr")] == [
        plain[key] for key in ("status", "stdout", "stderr")
    ]
    assert list(result) == list(plain)


def test_the_command_of_the_reference(server: Server) -> None:
    (command,) = [block for block in blocks((DOCS / "reference" / "api.md").read_text(), "sh") if "curl -N" in block]
    arguments = ["sh", "-c", command.replace("http://127.0.0.1:8000", server.url)]
    printed = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=True).stdout
    names = [line.removeprefix("event: ") for line in printed.splitlines() if line.startswith("event: ")]
    assert names == ["stdout"] * 3 + ["result"]


def test_a_compiled_program_is_announced(api: httpx2.Client) -> None:
    events = follow(api, '#include <stdio.h>\nint main(void) { return puts("hi") < 0; }', "c")
    assert [name for name, _, _ in events] == ["compiled", "stdout", "result"]
    assert [name for name, _, _ in follow(api, "int main( {", "c")] == ["result"]


def test_events_are_bounded_as_the_response_is(api: httpx2.Client) -> None:
    events = follow(api, "print('x' * 5_000_000)")
    assert sum(len(data["data"]) for name, data, _ in events if name == "stdout") == 1 << 20
    assert events[-1][1]["reason"] == "output_limit"


def test_a_client_that_leaves_ends_its_program(api: httpx2.Client) -> None:
    body = {"language": "python", "code": "print(1, flush=True)\nwhile True: pass", "timeout": 20}
    with api.stream("POST", "/api/v1/execute", json=body, headers={"accept": "text/event-stream"}) as response:
        next(response.iter_lines())
    deadline = time.monotonic() + 5
    while api.get("/readyz").json()["sandboxes_busy"]:
        assert time.monotonic() < deadline, "the program goes on"
        time.sleep(0.05)


def test_refusals_are_no_events(api: httpx2.Client) -> None:
    response = api.post("/api/v1/execute", json={"language": "python"}, headers={"accept": "text/event-stream"})
    assert response.status_code == 422
