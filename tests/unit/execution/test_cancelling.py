"""Cancelled runs and jobs: their sandboxes end, and none is lost."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest

from tests.unit.execution.source import FakeSandbox, Job, Source, made, run, submission
from zuko.execution.submission import Submission
from zuko.languages.table import CPP
from zuko.pool.lease import Lease
from zuko.settings import Settings


@pytest.mark.parametrize("asked", [submission(), submission(CPP)], ids=["loop", "thread"])
def test_a_run_that_is_cancelled_ends_its_sandbox(asked: Submission) -> None:
    source = Source()

    def go_on(sandbox: FakeSandbox) -> None:
        sandbox.goes_on = True

    source.prepare = go_on

    async def work() -> None:
        task = asyncio.create_task(made(source).execute(asked))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(work())
    assert [broken for _, broken in source.taken_back] == [True]
    assert source.leases.lent() == []


def test_a_job_that_is_cancelled_has_ended_when_the_task_has() -> None:
    source = Source()
    ended = threading.Event()

    def work(lease: Lease, _: Callable[[str], None]) -> str:
        cast(FakeSandbox, lease.sandbox).cancelled.wait(30)
        time.sleep(0.05)
        ended.set()
        return "late"

    async def cancel() -> None:
        task = asyncio.create_task(made(source).judge(Job(work)))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended.is_set()

    run(cancel())
    assert [broken for _, broken in source.taken_back] == [True]


def test_work_that_is_cancelled_before_a_thread_takes_it_up_releases_its_sandbox() -> None:
    source = Source()
    ends = threading.Event()

    async def cancel() -> None:
        executor = made(source, Settings(concurrency=1, sleeping_runs=0))
        first = asyncio.create_task(executor.judge(Job(lambda *_: str(ends.wait(10)))))
        second = asyncio.create_task(executor.judge(Job(lambda *_: "late")))
        await asyncio.sleep(0.05)
        second.cancel()
        await asyncio.sleep(0.05)
        ends.set()
        assert await first == "True"
        with pytest.raises(asyncio.CancelledError):
            await second

    run(cancel())
    assert [broken for _, broken in source.taken_back] == [False, True]


def test_without_a_thread_no_sandbox_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source()

    def no_thread(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(ThreadPoolExecutor, "submit", no_thread)
    with pytest.raises(RuntimeError, match="can't start"):
        run(made(source).judge(Job(lambda _, __: "")))
    assert len(source.taken_back) == 1


def test_work_that_begins_although_there_was_no_thread_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ThreadPoolExecutor queues work before it fails to make a thread: one that becomes free may take the work up.
    Its sandbox must not be used again."""
    source = Source()
    begun, ended = threading.Event(), threading.Event()

    def work(lease: Lease, _: Callable[[str], None]) -> str:
        begun.set()
        if cast(FakeSandbox, lease.sandbox).cancelled.wait(10):
            ended.set()
        return ""

    def submit(_: object, work: Callable[[], object]) -> None:
        threading.Thread(target=work).start()
        assert begun.wait(10)
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(ThreadPoolExecutor, "submit", submit)
    with pytest.raises(RuntimeError, match="can't start"):
        run(made(source).judge(Job(work)))
    assert ended.wait(20)
    assert [broken for _, broken in source.taken_back] == [True]
