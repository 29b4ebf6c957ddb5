"""The CPU time of callers, with clocks that the test sets."""

import contextlib
import threading
from contextvars import copy_context
from dataclasses import replace
from typing import Final

import pytest

from zuko.caller import OURSELVES, Allowance, Caller
from zuko.errors import OverLimitError
from zuko.execution import accounts
from zuko.execution.accounts import DAY_S, Accounts
from zuko.execution.meter import MeteredRun
from zuko.types import CpuSource, Outcome, RunResult, Usage

ENDED: Final = RunResult(Outcome.EXITED, Usage(0, 0, None, CpuSource.CGROUP_V2), 0, None, 0, "", b"", b"", False, False)
ANN = Caller("ann", Allowance(cpu_s_per_day=3.0))


class Clock:
    """A day that begins at `now` 0, and a clock of its own for elapsed time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.elapsed = 500.0
        self.accounts = Accounts(lambda: self.now, lambda: self.elapsed)

    def work(self, caller: Caller, *runs: Usage) -> None:
        with self.accounts.charging(caller):
            for each in runs:
                with MeteredRun() as metered:
                    self.elapsed += 10.0
                    metered.note(replace(ENDED, usage=each))


def usage(cpu_s: float | None, wall_s: float = 10.0) -> Usage:
    return Usage(round(wall_s * 1e9), None if cpu_s is None else round(cpu_s * 1e9), None, CpuSource.CGROUP_V2)


def test_what_the_supervisor_measured_is_charged_of_each_run() -> None:
    """A compilation and a program that has slept on a lent core: whatever the clock says. Unknown: the wall time."""
    clock = Clock()
    clock.work(ANN, usage(1.0), usage(0.25, wall_s=0.5))
    assert clock.accounts.used_s(ANN) == 1.25
    clock.work(ANN, usage(None, wall_s=2.5))
    assert clock.accounts.used_s(ANN) == 3.75
    clock.work(OURSELVES, usage(9.0))
    assert clock.accounts.used_s(OURSELVES) == 0


def test_a_run_without_a_result_is_charged_by_the_clock() -> None:
    clock = Clock()
    with contextlib.suppress(KeyError), clock.accounts.charging(ANN):
        clock.elapsed += 7.0  # no program ran
        with MeteredRun():
            clock.elapsed += 0.5
            raise KeyError
    assert clock.accounts.used_s(ANN) == 0.5


def test_threads_of_a_judging_are_charged() -> None:
    clock = Clock()

    def run_one() -> None:
        with MeteredRun() as metered:
            metered.note(replace(ENDED, usage=usage(0.5)))

    with clock.accounts.charging(ANN):
        threads = [threading.Thread(target=copy_context().run, args=(run_one,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert clock.accounts.used_s(ANN) == 1.0


def test_a_day_has_a_limit_and_the_next_one_begins_at_midnight() -> None:
    clock = Clock()
    clock.now = 3 * DAY_S + 86_000.5
    clock.accounts.check(ANN)
    clock.work(ANN, usage(3.0))
    with pytest.raises(OverLimitError, match="3 s of CPU time a day") as refused:
        clock.accounts.check(ANN)
    assert (refused.value.limit, refused.value.retry_after_s) == ("cpu", 400)
    clock.accounts.check(Caller("ann"))  # a key of the same name with another limit
    clock.accounts.check(Caller("bob", ANN.allowance))
    clock.now += 400
    clock.accounts.check(ANN)
    assert clock.accounts.used_s(ANN) == 0


def test_accounts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "CALLERS_MAX", 3)
    clock = Clock()
    for name in "abcda":
        clock.work(Caller(name), usage(1.0))
    used = [clock.accounts.used_s(Caller(name)) for name in "abcd"]
    assert used == [1, 0, 1, 1]
