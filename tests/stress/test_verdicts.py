"""The programs of known verdict again and again, alone and while every core is busy.

TEST_TIMES=20 is for a release, and takes ten minutes; what every run does finds what is wrong now and then, too.
"""

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.corpus.running import VERDICTS, WAYS, judge
from tests.harness.server import Server
from zuko.problem import Verdict

TIMES = int(os.environ.get("TEST_TIMES", "4"))
CLIENTS = 2  # one compiles while another runs


def judge_all(server: Server) -> dict[str, list[str]]:
    """Judge a program of each way so many times, as cases of one request; return those with a wrong verdict."""
    chosen = [program for program in VERDICTS if program.path.stem in WAYS]
    runs = [(program, 1 if program.verdict is Verdict.CE else TIMES) for program in chosen]
    with ThreadPoolExecutor(CLIENTS) as clients:
        wrong = list(clients.map(lambda each: judge(server, *each), runs))
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


def cores() -> set[int]:
    return os.sched_getaffinity(0)


def compute() -> None:
    while True:
        sum(range(100_000))


@pytest.mark.alone
@pytest.mark.timeout(1800)
def test_all_are_judged_right_again_and_again(server: Server) -> None:
    assert judge_all(server) == {}


@pytest.mark.alone
@pytest.mark.timeout(1800)
def test_all_are_judged_right_again_and_again_while_every_core_is_busy(server: Server) -> None:
    """CPU time is the program's own, whatever else runs; a busy machine makes only the wait longer."""
    with every_core_busy():
        assert judge_all(server) == {}
