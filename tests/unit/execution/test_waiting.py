"""Waiting for a sandbox, and the limits of callers."""

import asyncio
import time
from typing import cast

import pytest

from tests.unit.execution.source import SETTINGS, FakeSandbox, Job, Source, called, made, run, submission
from zuko.caller import Allowance, Caller
from zuko.errors import NoCapacityError, OverLimitError, UnreachableError
from zuko.execution.run import LIGHT_BYTES
from zuko.languages.table import PYTHON
from zuko.sandbox.sandbox import Sandbox
from zuko.settings import Settings


def test_a_wait_ends_when_it_is_served() -> None:
    source = Source()
    source.serves = False

    async def work() -> float | None:
        task = asyncio.create_task(made(source).execute(submission()))
        await asyncio.sleep(0)  # it waits from now on
        await asyncio.sleep(0.05)
        source.serve()
        return (await task).sandbox_wait_s

    assert (run(work()) or 0) >= 0.05


@pytest.mark.parametrize(("busy", "error"), [(1, NoCapacityError), (0, UnreachableError)])
def test_a_wait_ends_after_the_queue_s_time(busy: int, error: type[Exception]) -> None:
    """The programs of others take all sandboxes, or the Docker host makes none."""
    source = Source()
    source.serves, source.busy = False, busy
    with pytest.raises(error, match=r"within 0\.05 s"):
        run(made(source, Settings(queue_timeout_s=0.05)).execute(submission()))
    source.serve()
    assert source.taken_back == [], "its reservation was given up"


def test_a_caller_that_waits_for_its_own_runs_is_told_so() -> None:
    source, ann = Source(), Caller("ann", Allowance(runs=1))
    source.serves = False
    source.leases.lend(cast(Sandbox, FakeSandbox(SETTINGS.sandbox(PYTHON))), caller=ann)
    with called(ann), pytest.raises(OverLimitError, match="1 program at a time"):
        run(made(source, Settings(queue_timeout_s=0.05)).execute(submission()))
    with called(Caller("bob", ann.allowance)), pytest.raises(NoCapacityError, match="no sandbox became free"):
        run(made(source, Settings(queue_timeout_s=0.05)).execute(submission()))


@pytest.mark.parametrize("input_bytes", [0, LIGHT_BYTES + 1], ids=["in the loop", "in a thread"])
def test_a_caller_pays_for_its_programs(input_bytes: int) -> None:
    ann = Caller("ann", Allowance(cpu_s_per_day=0.001))
    executor, asked = made(Source()), submission(input_data=b"1" * input_bytes)
    with called(ann):
        run(executor.execute(asked))
        assert executor.accounts.used_s(ann) >= 0.001
        with pytest.raises(OverLimitError, match=r"0\.001 s of CPU time a day"):
            run(executor.execute(asked))
        with pytest.raises(OverLimitError):
            run(executor.judge(Job(lambda _, __: "")))
    run(executor.execute(asked))


def test_a_wait_ends_at_the_deadline() -> None:
    source = Source()
    source.serves = False
    with pytest.raises(NoCapacityError):
        run(made(source).execute(submission(), deadline=time.monotonic() + 0.05))


def test_a_wait_that_is_cancelled_gives_up_its_place() -> None:
    source = Source()
    source.serves = False

    async def work() -> None:
        task = asyncio.create_task(made(source).execute(submission()))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(work())
    ((_, reservation),) = source.waiting
    assert reservation.cancelled()
