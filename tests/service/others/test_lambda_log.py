"""The log and the metrics of the function."""

import json
import re
from pathlib import Path

import pytest

from tests.harness.dockerd import NEEDS_DOCKERD
from tests.harness.emulator import Emulator, answer, execute, http_event

pytestmark = NEEDS_DOCKERD


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
        response = metrics[0]["_aws"]["CloudWatchMetrics"][0]
        assert response["Namespace"] == "Zuko"
        units = {each["Name"]: each["Unit"] for each in response["Metrics"]}
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
    """The line has the verdict and the figures, and no part of the program, the cases or its output."""
    with Emulator() as function:
        response = answer(function.invoke(http_event("/api/v1/judge", body=FAILING)))
        assert response["verdict"] == "WA", response
        (line,) = [line for line in function.lines() if line.get("message") == "request"]
        assert (line["path"], line["http_status"]) == ("/api/v1/judge", 200)
        assert (line["verdict"], line["cases"], line["cases_skipped"]) == ("WA", 2, 1)
        assert line["cpu_time_ms"] == response["time_used_ms"]
        assert line["wall_time_ms"] == response["wall_time_ms"]
        assert line["peak_rss_kb"] == response["memory_used_kb"]
        assert 0 <= line["sandbox_wait_ms"] < line["elapsed_ms"]
        (metrics,) = [line for line in function.lines() if "_aws" in line]
        assert (metrics["verdict"], metrics["Judgements"]) == ("WA", [1.0])
        response = metrics["_aws"]["CloudWatchMetrics"][0]
        units = {each["Name"]: each["Unit"] for each in response["Metrics"]}
        assert units == {"Judgements": "Count"} | dict.fromkeys(("SandboxWait", "CpuTime", "WallTime"), "Milliseconds")
        logged = Path(function.log.name).read_text()
        assert not [word for word in ("swordfish", "hsifdrows", "input()") if word in logged]


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_judgement_fits_into_an_answer(accept: str) -> None:
    """Messages are cut and flagged; the events of all cases and of the whole are one response too."""
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
        result = json.loads(text if accept == "application/json" else text.strip().rpartition("data: ")[2])
    assert (result["verdict"], len(result["cases"]), result["messages_truncated"]) == ("AC", cases, True)
    assert {len(case["checker_message"]) for case in result["cases"]} < {*range(480)}
