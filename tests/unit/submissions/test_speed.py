"""The speed of a machine, by the reference program."""

import asyncio

from tests.harness.executing import FakeExecutor
from zuko.settings import REFERENCE_MS
from zuko.submissions.speed import Speed

TAKES_MS = 20.0  # of the stand-in for an executor


def test_the_factor_is_that_of_the_reference_machine() -> None:
    executor = FakeExecutor()
    for reference_ms, factor in ((REFERENCE_MS, TAKES_MS / REFERENCE_MS), (10.0, 2.0)):
        speed = Speed(executor.as_executor, reference_ms)
        asyncio.run(speed.measure())
        assert speed.factor == factor
