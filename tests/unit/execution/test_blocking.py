"""The executor without an event loop."""

import threading
from collections.abc import Callable
from typing import cast

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
