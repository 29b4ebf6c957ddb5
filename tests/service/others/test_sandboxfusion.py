"""SandboxFusion's façade with sandboxes: its own client, and verl's reward function."""

from typing import Any

import pytest

from tests.harness.clients import call_client
from tests.harness.server import Server


@pytest.fixture(scope="module")
def called(facades: Server) -> Any:
    return call_client("sandboxfusion.py", facades.url)


def test_its_own_client(called: Any) -> None:
    found = called["client"]
    files = found["files"]
    assert files["run_result"]["stdout"] == "é 日本\n"
    assert files["files"] == {"o/x": "/w==", "/workspace/o/x": "/w=="}
    ends = {name: (found[name]["status"], found[name]["run_result"]["return_code"]) for name in ("failed", "killed")}
    assert ends == {"failed": ("Failed", 3), "killed": ("Failed", -9)}
    assert found["late"]["run_result"]["status"] == "TimeLimitExceeded"
    assert found["cpp"]["run_result"]["stdout"] == "201703"
    assert found["cpp"]["compile_result"]["return_code"] == 0
    assert (found["rejected"]["status"], found["rejected"]["run_result"]) == ("Failed", None)
    assert "AssertionError" in found["java"]["run_result"]["stderr"]
    assert found["node"]["run_result"]["stdout"] == found["async"]["run_result"]["stdout"] == "1\n"
    assert "422" in found["refused"]


def test_verls_reward_function(called: Any) -> None:
    found = called["verl"]
    assert found["hundred"] == [True] * 100
    assert found["fields"] == {
        "status": "success", "run_status": "Finished", "exit_code": 0, "stdout": "0\n", "stderr": ""
    }  # fmt: skip
    results = {name: found[name] for name in ("wrong", "runtime", "late", "compile", "unknown", "function")}
    assert results == {
        "wrong": [False], "runtime": [-2], "late": [-3], "compile": [-4], "unknown": [-1], "function": [True, True]
    }  # fmt: skip


def test_ping(facades: Server) -> None:
    assert facades.client.get("/v1/ping").json() == "pong"
