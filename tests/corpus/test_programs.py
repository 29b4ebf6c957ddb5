"""The corpus against the real thing: each program once, through a real server.

A sandbox contains a program whatever else runs, so most programs run beside others. Those that bound times have the
machine to themselves.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import httpx2
import pytest

from tests.corpus.running import PROGRAMS, execute, post
from tests.harness.ahead import done_ahead
from zuko.doctor.claims import Program, check

CONTAINED: Final = [one for one in PROGRAMS if not one.bounds_times]
MEASURED: Final = [one for one in PROGRAMS if one.bounds_times]
NATIVE: Final = [one for one in PROGRAMS if one.language == "cpp"]


def mismatches(api: httpx2.Client, program: Program) -> list[str]:
    """Return the mismatches with the program's claims. One that looks for leftovers of its own kind runs twice."""
    answers = [execute(api, program.request) for _ in range(2 if program.kind == "leftovers" else 1)]
    return [found for response in answers for found in check(program, response)]


@pytest.fixture(scope="module")
def contained(request: pytest.FixtureRequest, api: httpx2.Client) -> Iterator[Callable[[Program], list[str]]]:
    with done_ahead(request, "test_program", partial(mismatches, api)) as contained:
        yield contained


@pytest.mark.parametrize("program", CONTAINED, ids=lambda program: program.id)
def test_program(contained: Callable[[Program], list[str]], program: Program) -> None:
    """The program's claim holds."""
    assert contained(program) == []


@pytest.fixture(scope="module")
def measured(request: pytest.FixtureRequest, api: httpx2.Client) -> Iterator[Callable[[Program], list[str]]]:
    with done_ahead(request, "test_measured_program", partial(mismatches, api)) as measured:
        yield measured


@pytest.mark.alone
@pytest.mark.parametrize("program", MEASURED, ids=lambda program: program.id)
def test_measured_program(measured: Callable[[Program], list[str]], program: Program) -> None:
    """The program's claim holds, times included, with a core of its own."""
    assert measured(program) == []


def looked_around(api: httpx2.Client, program: Program) -> dict[str, Any]:
    """Run the program as one of the cases of a judged submission, in one sandbox: it looks around before and after."""
    look = {"input": "look", "output": "clean\n"}
    request = {
        **{"language": program.language, "code": program.source, "files": program.request["files"]},
        "compile_options": ["-DLOOK"],
        "cases": [look, {"input": program.input_data or "", "output": "of no interest"}, look],
        "checker": {"kind": "exact"},
        "time_limit_ms": 1500,
        "wall_time_limit_ms": 1500,
        "workers": 1,
    }
    return post(api, "/api/v1/judge", request)


@pytest.fixture(scope="module")
def looks(request: pytest.FixtureRequest, api: httpx2.Client) -> Iterator[Callable[[Program], dict[str, Any]]]:
    test = "test_the_case_after_it_sees_nothing"
    with done_ahead(request, test, partial(looked_around, api)) as looks:
        yield looks


@pytest.mark.parametrize("program", NATIVE, ids=lambda program: program.id)
def test_the_case_after_it_sees_nothing(looks: Callable[[Program], dict[str, Any]], program: Program) -> None:
    before, attack, after = looks(program)["cases"]
    assert (before["verdict"], before["diff"]) == ("AC", None)
    assert attack["verdict"] != "JE", attack["message"]
    assert (after["verdict"], after["diff"]) == ("AC", None)


@pytest.mark.parametrize("code", [0, 1, 2, 99, 126, 127, 128, 130, 134, 137, 139, 143, 159, 254, 255])
def test_an_exit_code_is_passed_on_and_nothing_is_read_into_it(api: httpx2.Client, code: int) -> None:
    """The ones that a shell or Docker gives a meaning to are the program's own all the same."""
    response = execute(api, {"language": "python", "code": f"import os; os._exit({code})"})
    assert (response["status"], response["exit_code"], response["reason"]) == (
        "RUNTIME_ERROR" if code else "OK",
        code,
        None,
    )
