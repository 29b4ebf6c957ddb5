"""The executor without an event loop."""

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import NoReturn, cast

import pytest

from tests.unit.execution.source import FakeSandbox, Job, Source, made, submission
from zuko.execution.blocking import BlockingExecutor
from zuko.languages.table import CPP
from zuko.pool.lease import Lease


def test_blocking_calls_return_and_raise_here() -> None:
    source = Source()
    events: list[tuple[str, int]] = []

    def work(_: Lease, on_result: Callable[[str], None]) -> str:
        on_result("a")
        return "done"

    with BlockingExecutor(made(source)) as executor:
        assert executor.execute(submission()).stdout == "Hello\n"
        assert (
            executor.judge(Job(work), on_result=lambda event: events.append((event, threading.get_ident()))) == "done"
        )
        assert events == [("a", threading.get_ident())]
        source.prepare = lambda sandbox: setattr(sandbox, "error", KeyError("a bug"))
        with pytest.raises(KeyError):
            executor.execute(submission(CPP))
    assert len(source.taken_back) == 3


class Interrupted(BaseException):
    """The exception that a signal raises."""


def test_an_interrupt_ends_a_blocking_call_and_its_sandbox() -> None:
    source = Source()
    left = threading.Event()

    def work(lease: Lease, on_result: Callable[[str], None]) -> str:
        on_result("a")
        cast(FakeSandbox, lease.sandbox).cancelled.wait(30)
        left.set()
        return "late"

    def interrupt(_: str) -> None:
        raise Interrupted

    with BlockingExecutor(made(source)) as executor:
        with pytest.raises(Interrupted):
            executor.judge(Job(work), on_result=interrupt)
        assert left.is_set()
    assert [broken for _, broken in source.taken_back] == [True]


def test_a_signal_that_does_not_wake_the_thread_ends_a_blocking_call() -> None:
    """It comes to another thread, as one does that comes between the last look at signals and the wait for an event."""
    source, is_cancelled = Source(), list[bool]()

    def interrupt(_: int, __: FrameType | None) -> NoReturn:
        raise Interrupted

    def work(lease: Lease, _: Callable[[str], None]) -> str:
        time.sleep(0.1)  # until the main thread waits
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
        is_cancelled.append(cast(FakeSandbox, lease.sandbox).cancelled.wait(5))
        return "late"

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with BlockingExecutor(made(source)) as executor, pytest.raises(Interrupted):
            executor.judge(Job(work))
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert is_cancelled == [True]
