"""The time for all cases: whatever takes long ends by then, and is the judge's error, never the submission's."""

import functools
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest

import docker
from tests.harness.judging import ECHO, SUM_CASES, echo, judge, post, verdicts
from tests.harness.server import Server
from tests.harness.waiting import wait_for

TIMEOUT_S: Final = 4
ANSWER_S: Final = 3.0  # beyond it, for requests, starts of sandboxes and a busy machine: a fault costs 15 s and more

# A compiler's ten seconds of CPU time, a constant at a time.
ENDLESS_TO_COMPILE: Final = """
constexpr long count(long n) {
    long total = 0;
    for (long i = 0; i < n; i++)
        for (long j = 0; j < 60; j++)
            total += i ^ j;
    return total;
}
template <long N> struct Constant { static constexpr long value = count(100000 + N) + Constant<N - 1>::value; };
template <> struct Constant<0> { static constexpr long value = 0; };
int main() { return Constant<200>::value != 0; }
"""


@pytest.fixture(scope="module")
def hurried(docker_client: docker.DockerClient) -> Iterator[Server]:
    """Return a server whose judgings have little time."""
    env = {"ZUKO_JUDGE_TIMEOUT_S": str(TIMEOUT_S), "ZUKO_CONCURRENCY": "1", "ZUKO_READY_LANGUAGES": "python,cpp"}
    with Server(env) as running:
        yield running.wait_ready()


@pytest.fixture(autouse=True)
def all_are_ready(request: pytest.FixtureRequest) -> None:
    """Wait for the sandboxes that replace those of the test before: their start takes time of the judging's."""
    for name in {"hurried", "tight"} & set(request.fixturenames):
        server = request.getfixturevalue(name)
        wait_for(functools.partial(_has_settled, server), 30, "its sandboxes to be ready")


def _has_settled(server: Server) -> bool:
    state = server.client.get("/readyz").json()
    return bool(state["sandboxes_ready"]) and not state["sandboxes_busy"] and not state["sandboxes_starting"]


def in_time(server: Server, code: str, cases: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """Return the response, which must come in time."""
    start = time.monotonic()
    response = judge(server, code, cases, **fields)
    assert time.monotonic() - start < TIMEOUT_S + ANSWER_S
    return response


def test_cases(hurried: Server) -> None:
    """One that might not end in time is not begun, and never has a shorter time limit."""
    limits = {"time_limit_ms": 500, "wall_time_limit_ms": 1500}
    response = in_time(hurried, "import time; time.sleep(1)", [{"output": ""}] * 5, **limits)
    assert verdicts(response)[0] == "AC"
    assert verdicts(response)[-1] == "JE"
    assert (response["verdict"], response["message"]) == ("JE", "no time was left for it")


def test_checker(hurried: Server) -> None:
    checker = {"language": "python", "code": "import time; time.sleep(60)"}
    response = in_time(hurried, ECHO, echo("a", "b"), checker=checker, time_limit_ms=500, wall_time_limit_ms=1000)
    assert verdicts(response) == ["JE", "JE"]
    assert [case["message"] for case in response["cases"]] == [
        "no time was left for the checker",
        "no time was left for it",
    ]


def test_interactor(hurried: Server) -> None:
    response = in_time(
        hurried,
        "print(1, flush=True); input()",
        [{"output": ""}],
        interactor={"language": "python", "code": "import time; time.sleep(60)"},
        time_limit_ms=500,
        wall_time_limit_ms=1000,
    )
    assert (response["verdict"], response["message"]) == ("JE", "no time was left for the interactor")


@pytest.fixture(scope="module")
def tight(docker_client: docker.DockerClient) -> Iterator[Server]:
    """Return a server whose judgings have time for one run of `ONE_RUN` and not for two."""
    with Server({"ZUKO_JUDGE_TIMEOUT_S": "20", "ZUKO_CONCURRENCY": "1"}) as running:
        yield running.wait_ready()


# Whenever the first run begins, it takes longer than is spare: half a second is kept for the answer, so 2.7 s are.
ONE_RUN: Final = {"time_limit_ms": 3000, "wall_time_limit_ms": 16_800}


def test_another_run(tight: Server) -> None:
    """A near miss that another run might accept is not TLE while that run is missing."""
    code = "import time\nwhile time.process_time() < 3.06: pass"
    response = judge(tight, code, [{"output": ""}], **ONE_RUN)
    assert (response["verdict"], response["message"]) == ("JE", "no time was left for another run")


def test_another_run_of_what_is_accepted(tight: Server) -> None:
    """Another run would only improve the figures."""
    code = "import time\nwhile time.process_time() < 2.9: pass"
    (case,) = judge(tight, code, [{"output": ""}], **ONE_RUN)["cases"]
    assert (case["verdict"], case["borderline"], len(case["attempts"])) == ("AC", True, 1)


def test_compilation(hurried: Server) -> None:
    """The compiler has not refused it: nothing is known about it, and it may be sent again."""
    start = time.monotonic()
    response = post(hurried, ENDLESS_TO_COMPILE, SUM_CASES, language="cpp")
    assert time.monotonic() - start < TIMEOUT_S + ANSWER_S
    assert (response.status_code, response.json()["reason"]) == (503, "no_capacity")
    assert response.json()["message"] == "no time was left for the compilation of the submission"
    assert judge(hurried, ECHO, echo("a", answer="a"), time_limit_ms=500)["verdict"] == "AC"


def test_compilation_of_a_checker(hurried: Server) -> None:
    checker = {"language": "cpp", "code": ENDLESS_TO_COMPILE}
    response = in_time(hurried, ECHO, echo("a"), checker=checker, time_limit_ms=500)
    assert (response["verdict"], response["message"]) == ("JE", "no time was left for the compilation of the checker")
