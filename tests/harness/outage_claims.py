"""The claims about a store that was away: no lease ends before its worker could renew it."""

import asyncio
import time
from typing import Any, cast

import pytest

from tests.harness.away import Away
from tests.harness.executing import FakeExecutor, make_worker, program, until
from tests.harness.store_claims.values import Stores, WithStores, claim_one, submit_all, submit_one
from zuko.settings import StoreSettings
from zuko.submissions import keeper as keepers
from zuko.submissions.keeper import Keeper
from zuko.submissions.model import State
from zuko.submissions.store import Store

LEASE_S = 1.0
GAP_S = 0.4


class OutageClaims(WithStores):
    @pytest.fixture
    def short_gap(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("sql", "aws"):
            monkeypatch.setattr(f"zuko.submissions.{name}.upkeep.WATCH_GAP_S", GAP_S)
        monkeypatch.setattr("zuko.submissions.sql.upkeep._WATCH_S", 0.0)
        monkeypatch.setattr(keepers, "RECLAIM_S", 0.1)
        monkeypatch.setattr(keepers, "BACKOFF_S", 0.1)

    @pytest.mark.usefixtures("short_gap")
    def test_leases_count_once_the_store_was_watched_for_as_long(self, stores: Stores) -> None:
        store = stores(lease_s=LEASE_S)
        submit_one(store)
        claim_one(store)
        for _ in range(2):
            began = time.monotonic()
            assert not store.watch()
            while not store.watch():
                time.sleep(0.05)
            # The lower bound is of the database's clock.
            assert LEASE_S - 0.05 <= time.monotonic() - began < LEASE_S + 3
            time.sleep(GAP_S + 0.2)  # an outage

    @pytest.mark.usefixtures("short_gap")
    def test_a_result_is_kept_that_waited_for_the_store_for_longer_than_a_lease(self, stores: Stores) -> None:
        """And of what still runs, nothing is lost: the keeper is back before the worker is."""
        store = stores(lease_s=LEASE_S)
        executor = FakeExecutor()
        of_worker, of_keeper = (Away(each) for each in (store, stores(lease_s=LEASE_S)))
        ended, running = program("sleep 0.2"), program("sleep 3")
        submit_all(store, [ended, running])

        async def call(method: Any, *arguments: Any, **named: Any) -> Any:
            return await asyncio.to_thread(method, *arguments, **named)

        def state(each: Any) -> State | None:
            found = store.get(each.tenant, each.id)
            return None if found is None else found.state

        async def run() -> None:
            worker = make_worker(cast(Store, of_worker), executor, renew_s=LEASE_S / 4)
            keeper = Keeper(cast(Store, of_keeper), StoreSettings(), call)
            tasks = [asyncio.create_task(each.run()) for each in (worker, keeper)]
            await until(lambda: executor.running == 2)
            for each in (of_worker, of_keeper):
                each.is_away.set()
            await until(lambda: executor.running == 1)
            await asyncio.sleep(1.5 * LEASE_S)
            of_keeper.is_away.clear()
            await asyncio.sleep(LEASE_S / 2)
            of_worker.is_away.clear()
            await until(lambda: state(ended) is state(running) is State.DONE)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run(run())
        for each in (ended, running):
            attempts = store.attempts(each.tenant, each.id) or []
            assert [(attempt.number, attempt.state) for attempt in attempts] == [(1, State.DONE)]
