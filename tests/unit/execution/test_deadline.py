"""Deadlines alone."""

import time
from dataclasses import replace

import pytest

from zuko.errors import NoCapacityError
from zuko.execution.deadline import NEVER, Deadline
from zuko.sandbox.sandbox import SILENCE_S
from zuko.types import CpuSource, Limits, Outcome, RunResult, Usage

LIMITS = Limits(wall_time_ms=3000, cpu_time_ms=1000)
USAGE = Usage(wall_time_ns=1, cpu_time_ns=None, peak_rss_bytes=None, cpu_source=CpuSource.RUSAGE)
STOPPED = RunResult(Outcome.WALL_TIME, USAGE, None, 9, None, "", b"", b"", False, False)


def within(left_s: float) -> Deadline:
    return Deadline(time.monotonic() + left_s)


def test_without_a_deadline_nothing_changes() -> None:
    assert NEVER.bound(LIMITS, "it") == LIMITS
    assert NEVER.leaves(10**9)
    assert NEVER.silence_s(LIMITS) == SILENCE_S


def test_a_run_gets_what_is_left_without_the_time_for_its_answer() -> None:
    bounded = within(2).bound(LIMITS, "it")
    assert 1400 < bounded.wall_time_ms <= 1500
    assert bounded == replace(LIMITS, wall_time_ms=bounded.wall_time_ms)
    assert not within(2).leaves(1501)
    assert within(2).leaves(1000)


@pytest.mark.parametrize("left_s", [-1, 0, 0.6])
def test_a_run_that_would_have_hardly_any_time_is_not_begun(left_s: float) -> None:
    with pytest.raises(NoCapacityError, match="no time was left for the compilation"):
        within(left_s).bound(LIMITS, "the compilation")


def test_a_run_that_the_deadline_stopped_shows_nothing_of_the_program() -> None:
    with pytest.raises(NoCapacityError, match="no time was left for it"):
        NEVER.check(STOPPED, LIMITS, replace(LIMITS, wall_time_ms=2999), "it")
    NEVER.check(STOPPED, LIMITS, LIMITS, "it")
    NEVER.check(replace(STOPPED, outcome=Outcome.EXITED), LIMITS, replace(LIMITS, wall_time_ms=2999), "it")


def test_a_reply_has_some_time_even_behind_the_deadline() -> None:
    assert within(0).silence_s(LIMITS) == 0.5
