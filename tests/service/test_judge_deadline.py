"""The time for all cases: whatever takes long ends by then, and is the judge's error, never the submission's."""

import time
from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.harness.judging import ECHO, SUM_CASES, echo, judge, post, verdicts
from tests.harness.server import Server

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


@pytest.fixture
def hurried(own_server: Callable[..., Server]) -> Server:
    """Return a server whose judgings have little time."""
    return own_server(ZUKO_JUDGE_TIMEOUT_S=str(TIMEOUT_S), ZUKO_CONCURRENCY="1", ZUKO_READY_LANGUAGES="python,cpp")


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


@pytest.fixture
def tight(own_server: Callable[..., Server]) -> dict[str, Any]:
    """Wall time that is left for one run and not for two, whenever the first begins: it takes longer than is spare.

    Half a second is kept for the answer, so 2.7 s are spare.
    """
    limits = {"time_limit_ms": 3000, "wall_time_limit_ms": 16_800}
    return {"server": own_server(ZUKO_JUDGE_TIMEOUT_S="20", ZUKO_CONCURRENCY="1"), **limits}


def test_another_run(tight: dict[str, Any]) -> None:
    """A near miss that another run might accept is not TLE while that run is missing."""
    code = "import time\nwhile time.process_time() < 3.06: pass"
    response = judge(code=code, cases=[{"output": ""}], **tight)
    assert (response["verdict"], response["message"]) == ("JE", "no time was left for another run")


def test_another_run_of_what_is_accepted(tight: dict[str, Any]) -> None:
    """Another run would only improve the figures."""
    code = "import time\nwhile time.process_time() < 2.9: pass"
    (case,) = judge(code=code, cases=[{"output": ""}], **tight)["cases"]
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
