"""The claims for waiters: a ring after each change, and a look that misses nothing."""

import asyncio
import threading
import time
from collections.abc import Callable

from tests.harness.store_claims.values import Stores, WithStores, claim_one, state_of, submit_one
from zuko.submissions.model import Claim, Event, State
from zuko.submissions.store import QUEUE, Store

SOON_S = 2.5  # a ring in another process may be missed for 2 s


def rings(store: Store, topic: str, change: Callable[[], object], timeout_s: float = SOON_S) -> bool:
    """Return whether a change rings for the listeners of a topic."""

    async def listen() -> bool:
        with store.bell.listening(topic) as wakeup:
            await wakeup.wait(0.1)  # a ring for what was before
            await asyncio.to_thread(change)
            return await wakeup.wait(timeout_s)

    return asyncio.run(listen())


class WaitClaims(WithStores):
    def test_what_is_queued_rings_for_workers_of_all_processes(self, stores: Stores) -> None:
        store, other = stores(), stores()
        assert rings(store, QUEUE, lambda: submit_one(store))
        assert rings(other, QUEUE, lambda: submit_one(store))
        hold = claim_one(store).hold
        assert rings(other, QUEUE, lambda: store.release(hold, counted=False))

    def test_each_change_rings_for_its_waiters(self, stores: Stores) -> None:
        store, other = stores(), stores()
        submission_id = submit_one(store)
        claims: list[Claim] = []
        assert rings(other, submission_id, lambda: claims.append(claim_one(store)))
        hold = claims[0].hold
        assert rings(other, submission_id, lambda: store.add_events(hold, [Event(1, 1, "{}")]))
        assert rings(other, submission_id, lambda: store.cancel("", submission_id))
        assert rings(other, submission_id, lambda: store.finish(hold, State.CANCELLED))

    def test_a_reclaim_rings_in_its_own_process_too(self, stores: Stores) -> None:
        """The process that takes a lease back may be the one that waits for work."""
        store = stores(lease_s=0.01)
        submit_one(store)
        claim_one(store)
        time.sleep(0.05)
        assert rings(store, QUEUE, store.reclaim)

    def test_a_change_between_the_look_and_the_wait_ends_the_wait(self, stores: Stores) -> None:
        """Who listens first, then looks, then waits, does not sleep through what another process did meanwhile."""
        store, other = stores(), stores()

        async def work() -> float:
            with store.bell.listening(QUEUE) as wakeup:
                await wakeup.wait(0.1)
                assert store.claim("worker", None, 1) == []
                submit_one(other)
                started = time.monotonic()
                while not store.claim("worker", None, 1):
                    assert await wakeup.wait(20)
                return time.monotonic() - started

        assert asyncio.run(work()) < SOON_S + 1

    def test_workers_and_waiters_of_two_processes_lose_nothing(self, stores: Stores) -> None:
        """Submissions come at odd moments; the worker of one process and the waiter of the other look when rung for."""
        here, there = stores(), stores()
        total = 20
        stop = threading.Event()

        async def work() -> None:
            with here.bell.listening(QUEUE) as wakeup:
                while not stop.is_set():
                    claims = await asyncio.to_thread(here.claim, "worker", None, 3)
                    for claim in claims:
                        await asyncio.to_thread(here.finish, claim.hold, State.DONE, result="{}")
                    if not claims:
                        await wakeup.wait(10)

        async def wait() -> None:
            for number in range(total):
                submission_id = await asyncio.to_thread(submit_one, there)
                with there.bell.listening(submission_id) as wakeup:
                    while await asyncio.to_thread(state_of, there, submission_id) is not State.DONE:
                        assert await wakeup.wait(10), "a ring was lost for 10 s"
                await asyncio.sleep(number % 4 / 100)
            stop.set()
            await asyncio.to_thread(submit_one, there)  # so that the worker looks

        async def both() -> None:
            async with asyncio.timeout(120), asyncio.TaskGroup() as group:
                group.create_task(work())
                group.create_task(wait())

        asyncio.run(both())
