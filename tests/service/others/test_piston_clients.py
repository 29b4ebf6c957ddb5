"""Piston's real clients against a real server, as processes of their own environment."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.harness.clients import call_client
from tests.harness.server import Server
from tests.harness.waiting import wait_for


@pytest.fixture(scope="module")
def clients(facades: Server) -> Any:
    """Return what every client got, each from all its functions."""
    return call_client("piston.py", facades.url, "all")


def test_ultra_piston(clients: Any) -> None:
    got = clients["ultra"]
    assert {"python", "c++", "java", "javascript"} <= set(got["runtimes"])
    assert got["installed"] == got["runtimes"]
    assert got["echo"] == ["é 日 ['a b']\n", 0, None]
    assert got["memory"][1:] == [137, None]
    assert got["late"] == [None, "SIGKILL"]
    assert got["broken"] == [1, 1, True]
    assert got["binary"] == ["a\ufffd\0", 0, None]
    assert got["data"] == "1\n"
    assert got["errors"] == ["BadRequestError", "NotFoundError", "InternalServerError", "NotFoundError"]
    assert got["later"] == ["1\n", True]


def test_aiopyston(clients: Any) -> None:
    got = clients["pyston"]
    assert (got["languages"], set(got["named"])) == (True, {"python"})
    assert (got["stdout"], sorted(got["output"].splitlines())) == ("é ['1']\n", ["err", "é ['1']"])
    assert got["refused"] == "nope-* runtime is unknown"


def test_piston_rspy(clients: Any) -> None:
    got = clients["rspy"]
    assert (got["runtimes"], got["stdout"]) == (True, "b'\\x00\\xff' é\n")
    assert (got["codes"], got["late"]) == ([0, 3], "SIGKILL")
    assert got["refused"][0]
    assert "nope-* runtime is unknown" in got["refused"][1]


def test_open_r1(clients: Any) -> None:
    """Its rewards: a right and a wrong solution, one that is too slow, a large test, another language."""
    got = clients["open_r1"]
    assert got["scores"] == [1.0, 0.0]
    assert (got["late"], got["big"], got["memory"]) == (["SIGKILL", ""], "2000000\n", 137)
    assert got["languages"] == "1"


def test_open_r1_ioi(clients: Any) -> None:
    """Its scores of a task with a grader, and the words that it looks for; what cannot be scored is refused."""
    assert clients["open_r1_ioi"] == {
        "right": ["1\n", "Output is correct (diff)\n"],
        "near": ["0.5\n", "Output is partially correct\n"],
        "broken": ["0", "Compilation error"],
        "late": ["0\n", "Time limit exceeded (0.5s)\n"],
        "reads": ["0\n", "Output isn't correct (diff)\n"],
        "kind": [400, "cms_ioi: tasks of the type Communication are not scored here, those of the type Batch are"],
    }


@pytest.fixture(scope="module")
def narrow() -> Iterator[Server]:
    """Return a server with every setting of Piston's at another value than its default."""
    env = {
        "ZUKO_FACADES": "piston",
        "ZUKO_CONCURRENCY": "1",
        "ZUKO_SLEEPING_RUNS": "0",
        "ZUKO_PISTON_ANY_VERSION": "false",
        "ZUKO_PISTON_TIMEOUT_MAX_S": "3",
        "ZUKO_PISTON_QUEUE_TIMEOUT_S": "0.2",
        "ZUKO_PISTON_FILES_LIMIT_BYTES": "100",
        "ZUKO_PISTON_BODY_LIMIT_BYTES": "2000",
    }
    with Server(env) as server:
        yield server.wait_ready()


@pytest.mark.parametrize(
    ("fields", "status", "answer"),
    [
        ({"version": "3.10.0"}, 400, {"message": "python-3.10.0 runtime is unknown"}),
        ({"run_timeout": 3001}, 400, {"message": "run_timeout cannot exceed the configured limit of 3000"}),
        ({"files": [{"content": "#" * 101}]}, 400, {"message": "code is larger than 100 bytes"}),
        ({"stdin": "x" * 2000}, 400, {"stack": "the body is larger than 2000 bytes"}),
    ],
)
def test_settings_are_read(narrow: Server, fields: dict[str, Any], status: int, answer: dict[str, str]) -> None:
    body = {"language": "python", "version": "*", "files": [{"content": ""}], **fields}
    response = narrow.client.post("/api/v2/execute", json=body)
    assert (response.status_code, response.json()) == (status, answer)


def test_a_crowded_server_is_understood(narrow: Server) -> None:
    running = threading.Thread(target=narrow.execute, args=("import time; time.sleep(5)",), kwargs={"timeout": 10})
    running.start()
    try:
        wait_for(lambda: narrow.client.get("/readyz").json()["sandboxes_busy"] == 1, 10, "a program to run")
        got = call_client("piston.py", narrow.url, "busy")
        body = {"language": "python", "version": "*", "files": [{"content": ""}]}
        refused = narrow.client.post("/api/v2/execute", json=body)
    finally:
        running.join()
    assert got == {"ultra": "TooManyRequestsError", "pyston": "TooManyRequests"}
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert list(refused.json()) == ["message"]
