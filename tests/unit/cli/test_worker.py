"""The end of `zuko worker`, with an executor without an engine."""

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import cast

import pytest

from tests.harness.away import Away
from tests.harness.executing import FakeExecutor, program, until
from tests.harness.store_claims.values import submit_all
from zuko.cli import worker as command
from zuko.execution.executor import Executor
from zuko.settings import Settings
from zuko.submissions import worker as workers
from zuko.submissions.model import State
from zuko.submissions.opening import StoreAccess
from zuko.submissions.sqlite import SqliteStore
from zuko.submissions.store import Store


class Opened(FakeExecutor):
    """Adds the methods that the command calls."""

    def crowding(self, *, is_new: bool = False) -> None:
        return None

    def open(self) -> None:
        return None

    def close(self, _: float) -> None:
        return None


@pytest.mark.parametrize("signals", [1, 2])
def test_a_worker_ends_while_the_store_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signals: int) -> None:
    """After its time to drain, or at a second signal: what it could not store is done again, after the lease."""
    monkeypatch.setattr(workers, "CUT_S", 0.2)
    store = SqliteStore(tmp_path / "submissions.db", lease_s=0.5)
    store.open()
    away = Away(store)
    monkeypatch.setattr(StoreAccess, "of", lambda _: StoreAccess.holding(cast(Store, away)))
    executor = Opened()
    executor.settings = Settings(drain_timeout_s=0.5 if signals == 1 else 60)
    one = program("sleep 0.3")
    submit_all(store, [one])

    async def run() -> None:
        working = asyncio.create_task(command._work(cast(Executor, executor)))
        await until(lambda: executor.running == 1)
        away.is_away.set()
        await until(lambda: "finish_all" in away.calls)
        for _ in range(signals):
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0.1)
        begun = time.monotonic()
        await asyncio.wait_for(working, 15)
        assert time.monotonic() - begun < 10

    asyncio.run(run())
    store = SqliteStore(tmp_path / "submissions.db", lease_s=0.5)
    store.open()
    time.sleep(0.5)  # the lease is over
    store.reclaim()
    found = store.get("", one.id)
    assert found is not None
    assert found.state is State.QUEUED
    store.close()
