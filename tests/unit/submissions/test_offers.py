"""Slots that a worker offers to what is being stored."""

import asyncio
import time
from typing import cast

from tests.harness.away import Away
from tests.harness.executing import (
    FakeExecutor,
    an_offer,
    make_worker,
    program,
    until,
    with_worker,
)
from tests.harness.results import state, stored
from tests.harness.store_claims.values import submit_all
from zuko.execution.admission import admit_request
from zuko.settings import Settings
from zuko.submissions import worker as workers
from zuko.submissions.model import End, Hold, NewSubmission, State
from zuko.submissions.sqlite import SqliteStore
from zuko.submissions.store import Store
from zuko.submissions.work import Ended, GivenBack
from zuko.submissions.worker import Running, Worker
from zuko.wire.submissions import ExecuteSubmission


def running_of(new: NewSubmission) -> Running:
    """Return the program of a submission."""
    program = admit_request(ExecuteSubmission.model_validate_json(new.request.document), Settings())
    return Running(new.id, new.tenant, new.trace, program)


async def handed_over(store: Store, worker: Worker, new: NewSubmission) -> bool:
    """Store a submission as the API of the worker's process does; return whether the worker got it with that."""
    offer = worker.offer()
    if offer is None:
        submit_all(store, [new])
        return False

    def submit() -> bool:
        (submitted,) = store.submit([new], queued_max=100, tenant_max=100, claimer=offer.claimer)
        if submitted.claim is not None:
            offer.accept(submitted.claim)
        return submitted.claim is not None

    is_claimed = await asyncio.to_thread(submit)
    worker.withdraw(offer)
    return is_claimed


def test_a_free_slot_is_offered_to_what_is_being_stored(store: SqliteStore, executor: FakeExecutor) -> None:
    many = [program("sleep 1") for _ in range(3)]
    counting = Away(store)

    async def do(worker: Worker) -> None:
        assert worker.offer() is None  # it has not looked for what may be queued
        worker.withdraw(await an_offer(worker))
        await asyncio.sleep(0.3)  # the first listener of a file is rung for once for nothing
        looks = counting.calls.count("claim")
        assert [await handed_over(store, worker, each) for each in many] == [True, True, False]  # of two slots
        await until(lambda: executor.running == 2)
        assert worker.is_doing("", many[0].id)
        assert not worker.is_doing("another tenant", many[0].id)
        assert counting.calls.count("claim") == looks
        await until(lambda: all(state(store, each) is State.DONE for each in many))
        assert not worker.is_doing("", many[0].id)

    with_worker(lambda: make_worker(cast(Store, counting), executor), do)
    assert executor.most_running == 2
    assert [stored(store, each).attempt for each in many] == [1, 1, 1]


def test_an_offer_takes_a_slot_and_keeps_a_worker_that_drains(store: SqliteStore, executor: FakeExecutor) -> None:
    one, queued = program("print 1"), program("print 2")

    async def do(worker: Worker) -> None:
        offer = await an_offer(worker)
        assert worker.offer() is None  # it has one slot
        submit_all(store, [queued])
        await asyncio.sleep(0.2)
        assert state(store, queued) is State.QUEUED
        worker.drain()
        (submitted,) = store.submit([one], queued_max=9, tenant_max=9, claimer=offer.claimer)
        assert submitted.claim is None  # the other one waits
        worker.withdraw(offer)

    with_worker(lambda: make_worker(store, executor, slots=1), do)
    assert (state(store, queued), state(store, one)) == (State.QUEUED, State.QUEUED)


def test_a_slot_that_was_offered_in_vain_claims_what_waits(store: SqliteStore, executor: FakeExecutor) -> None:
    one = program("print 1")

    async def do(worker: Worker) -> None:
        offer = await an_offer(worker)
        submit_all(store, [one])
        await asyncio.sleep(0.1)
        begun = time.monotonic()
        worker.withdraw(offer)
        await until(lambda: state(store, one) is State.DONE)
        assert time.monotonic() - begun < workers.POLL_S

    with_worker(lambda: make_worker(store, executor, slots=1), do)


def test_what_is_waited_for_is_run_before_it_is_stored(store: SqliteStore, executor: FakeExecutor) -> None:
    """In the slot that is offered, and stored in one piece, with its parts."""
    one = program("print 1")

    async def do(worker: Worker) -> None:
        offer = await an_offer(worker)
        running = asyncio.ensure_future(offer.run(running_of(one)))
        await until(lambda: executor.executed)
        assert worker.offer() is None  # it has one slot
        outcome = await running
        worker.withdraw(offer)
        assert isinstance(outcome, Ended)
        assert store.get("", one.id) is None
        end = End(Hold(one.id, 1, worker.name), outcome.state, outcome.result, receipt=outcome.receipt)
        kept = store.keep_ended(one, {}, end, ran_s=0.5)
        assert kept == stored(store, one)

    with_worker(lambda: make_worker(store, executor, slots=1), do)
    assert len(executor.executed) == 1


def test_a_slot_is_free_again_when_its_client_has_left(store: SqliteStore, executor: FakeExecutor) -> None:
    left, queued = program("sleep 30"), program("print 1")

    async def do(worker: Worker) -> None:
        offer = await an_offer(worker)
        running = asyncio.ensure_future(offer.run(running_of(left)))
        await until(lambda: executor.running == 1)
        submit_all(store, [queued])
        running.cancel()
        await asyncio.wait({running})
        assert executor.running == 0
        worker.withdraw(offer)
        await until(lambda: state(store, queued) is State.DONE)

    with_worker(lambda: make_worker(store, executor, slots=1), do)


def test_what_the_engine_fails_for_is_given_back(store: SqliteStore, executor: FakeExecutor) -> None:
    """And nothing more is offered, as nothing is claimed."""
    one = program("print 1")

    async def do(worker: Worker) -> None:
        offer = await an_offer(worker)
        executor.engine_is_there = False
        outcome = await offer.run(running_of(one))
        assert isinstance(outcome, GivenBack)
        worker.withdraw(offer)
        assert worker.offer() is None

    with_worker(lambda: make_worker(store, executor), do)
