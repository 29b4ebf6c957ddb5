"""The programs of known verdict against the real thing: each judged right once, and many times in a row.

TEST_TIMES=20 is for a release, and takes ten minutes; what every run does finds what is wrong now and then, too.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.corpus.verdict_claims import Program, check, load, parse
from tests.harness.ahead import done_ahead
from tests.harness.server import Server
from zuko.languages.table import LANGUAGES
from zuko.problem import Verdict

PROGRAMS = load()
WAYS = {"accepted", "wrong_answer", "endless_loop", "sleeps", "fills_heap", "fills_stack", "floods_output"}
WAYS |= {"signal", "exit_code", "exception", "compile_error", "syntax_error"}
TIMES = int(os.environ.get("TEST_TIMES", "4"))
CLIENTS = 2  # one compiles while another runs
PATIENCE_S = 120.0


def judge(server: Server, program: Program, times: int = 1) -> list[str]:
    """What is wrong with the answer."""
    response = server.client.post("/api/v1/judge", json=program.request(times), timeout=PATIENCE_S)
    assert response.status_code == 200, response.text
    return check(program, response.json(), times)


def test_every_language_has_every_verdict() -> None:
    """And each of the ways to it; CE only where something is compiled."""
    languages = LANGUAGES.keys() - {"cpp23"}  # C++20's compiler and runtime with another flag
    assert {program.language for program in PROGRAMS} == languages
    for language in languages:
        own = {program.path.stem: program for program in PROGRAMS if program.language == language}
        compiled = LANGUAGES[language].compiler is not None
        needless = {"syntax_error" if compiled else "compile_error"} | ({"exception"} if language == "c" else set())
        assert WAYS - needless - own.keys() == set(), language
        assert {program.verdict for program in own.values()} >= set(Verdict) - {Verdict.JE, Verdict.CE}


def test_claims_are_sentences() -> None:
    assert [program.id for program in PROGRAMS if not program.claim.endswith(".")] == []


@pytest.mark.parametrize("header", ["", '#: claim = "x"\n', '#: claim = "x"\n#: verdict = "XX"\n', "#: ]\n"])
def test_a_header_that_does_not_follow_the_format_is_refused(tmp_path: Path, header: str) -> None:
    path = tmp_path / "program.py"
    path.write_text(header + "print(6)\n")
    with pytest.raises(ValueError, match=r"header|Invalid|XX"):
        parse(path)


@pytest.fixture(scope="module")
def wrong(request: pytest.FixtureRequest, server: Server) -> Iterator[Callable[[Program], list[str]]]:
    with done_ahead(request, "test_program", lambda program: judge(server, program)) as wrong:
        yield wrong


@pytest.mark.alone
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.id)
def test_program(wrong: Callable[[Program], list[str]], program: Program) -> None:
    assert wrong(program) == []


def judge_all(server: Server) -> dict[str, list[str]]:
    """One program of each way so many times in a row, as cases of one request; those that were not judged right."""
    chosen = [program for program in PROGRAMS if program.path.stem in WAYS]
    runs = [(program, 1 if program.verdict is Verdict.CE else TIMES) for program in chosen]
    with ThreadPoolExecutor(CLIENTS) as clients:
        wrong = list(clients.map(lambda each: judge(server, *each), runs))
    return {program.id: found for (program, _), found in zip(runs, wrong, strict=True) if found}


@contextmanager
def every_core_busy() -> Iterator[None]:
    """A process for each core that computes all the time, and asks for no less than its share."""
    neighbours = [multiprocessing.get_context("spawn").Process(target=compute, daemon=True) for _ in cores()]
    for neighbour in neighbours:
        neighbour.start()
    try:
        yield
    finally:
        for neighbour in neighbours:
            neighbour.kill()
            neighbour.join()
            neighbour.close()


def cores() -> set[int]:
    return os.sched_getaffinity(0)


def compute() -> None:
    while True:
        sum(range(100_000))


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(1800)
def test_all_are_judged_right_again_and_again(server: Server) -> None:
    assert judge_all(server) == {}


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(1800)
def test_all_are_judged_right_again_and_again_while_every_core_is_busy(server: Server) -> None:
    """CPU time is the program's own, whoever else runs; what a busy machine makes longer is the wait."""
    with every_core_busy():
        assert judge_all(server) == {}
