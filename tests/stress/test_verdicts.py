"""The programs of known verdict again and again, while every core is busy.

Each is judged once on cores of its own in tests/corpus/test_verdicts.py. TEST_TIMES=20 is for a release and judges each
so often there, too, which takes ten minutes; what every run does finds what is wrong now and then as well.
"""

import multiprocessing
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.corpus.running import VERDICTS, WAYS, judge
from tests.corpus.verdict_claims import Program
from tests.harness.machine import describe_load
from tests.harness.server import Server
from zuko.problem import Verdict

IS_RELEASE = "TEST_TIMES" in os.environ
TIMES = int(os.environ.get("TEST_TIMES", "4"))
# Ways to a verdict that hangs on a time or a size, which may be another one each time.
MEASURED = {"endless_loop", "sleeps", "fills_heap", "fills_stack", "floods_output"}
# Executed as others are, of which one is enough: as Ruby, and as Java 21.
ALIKE = {"php", "perl", "lua", "bash", "awk", "tcl", "sqlite", "java@25"}
CLIENTS = 2  # one compiles while another runs
# A compilation that gets too little CPU time is 503, and is tried again: how long, is not what is tested.
PATIENCE_S = 1500


def times_of(program: Program) -> int:
    """Return how often a program is run, once it is compiled."""
    if program.verdict is Verdict.CE:
        return 1
    return TIMES if IS_RELEASE or program.path.stem in MEASURED else 1


def judge_all(server: Server) -> dict[str, list[str]]:
    """Judge a program of each way, several runs as cases of one request; return those with a wrong verdict."""
    chosen = [program for program in VERDICTS if program.path.stem in WAYS and program.language not in ALIKE]
    runs = [(program, times_of(program)) for program in chosen]
    deadline = time.monotonic() + PATIENCE_S

    def wrong_with(run: tuple[Program, int]) -> list[str]:
        return judge(server, *run, deadline - time.monotonic())

    with ThreadPoolExecutor(CLIENTS) as clients:
        wrong = list(clients.map(wrong_with, runs))
    return {program.id: found for (program, _), found in zip(runs, wrong, strict=True) if found}


@contextmanager
def every_core_busy() -> Iterator[None]:
    """Run a process for each core that computes all the time, with the normal priority."""
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


@contextmanager
def load_described() -> Iterator[None]:
    """Add to a failure what the machine does beside the test."""
    try:
        yield
    except AssertionError as error:
        error.add_note(describe_load())
        raise


def cores() -> set[int]:
    return os.sched_getaffinity(0)


def compute() -> None:
    while True:
        sum(range(100_000))


@pytest.mark.alone
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not IS_RELEASE, reason="the corpus does it once")
def test_all_are_judged_right_again_and_again(server: Server) -> None:
    with load_described():
        assert judge_all(server) == {}


@pytest.mark.alone
@pytest.mark.timeout(1800)
def test_all_are_judged_right_again_and_again_while_every_core_is_busy(server: Server) -> None:
    """CPU time is the program's own, whatever else runs; a busy machine makes only the wait longer."""
    with every_core_busy(), load_described():
        assert judge_all(server) == {}
